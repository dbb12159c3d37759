/** A session's bytes under another id. */

/** The bytes with each `from` as `to`, which is as long; of pieces that cut one in two, too. */
export async function* renamed(
  pieces: AsyncIterable<Uint8Array>,
  from: string,
  to: string,
): AsyncGenerator<Uint8Array> {
  if (from.length !== to.length || from === "") throw new Error("ids must be as long as each other");
  let carry = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([carry, piece]);
    replaceAll(bytes, from, to);
    // The beginning of another may stand at the end.
    const whole = Math.max(0, bytes.length - (from.length - 1));
    carry = Buffer.from(bytes.subarray(whole));
    if (whole > 0) yield bytes.subarray(0, whole);
  }
  if (carry.length > 0) yield carry;
}

function replaceAll(bytes: Buffer, from: string, to: string) {
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + from.length)) bytes.write(to, at, "latin1");
}
