/** Cuts a client's bytes into HTTP requests. Knows Content-Length only: what shippers send has one. */

export type Request = { readonly bytes: Buffer; readonly bodyLength: number };

export class RequestCutter {
  #held: Buffer = Buffer.alloc(0);

  /** The requests that end within these bytes. */
  push(bytes: Buffer): Request[] {
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes;
    const whole: Request[] = [];
    for (let next = this.#next(); next; next = this.#next()) whole.push(next);
    return whole;
  }

  #next(): Request | null {
    const end = this.#held.indexOf("\r\n\r\n");
    if (end < 0) return null;
    const head = this.#held.toString("latin1", 0, end);
    const bodyLength = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
    const length = end + 4 + bodyLength;
    if (this.#held.length < length) return null;
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return { bytes, bodyLength };
  }
}
