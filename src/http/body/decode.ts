/** gzip and zstd, with an end: decompressed in small steps, counted while they come, strict about what stands behind them. */
import { gunzipSync } from "node:zlib";
import { Fault } from "../../domain/fault.ts";
import { KIB, MIB } from "../../domain/limits.ts";

export type Encoding = "identity" | "gzip" | "zstd";

/** What decodes to less is decoded at once: 2 ms of the loop. */
const AT_ONCE = 2 * MIB;
/** Bytes given to the decompressor at a time: what comes out of one step is then at most this, or 64 KiB. */
const STEP = 64 * KIB;
/** The loop is given back after this long. */
const TURN_MS = 4;

/** Of a Content-Encoding header. Throws Fault `unsupported_encoding`, for two encodings on top of each other too. */
export function encodingOf(header: string | undefined): Encoding {
  const name = (header ?? "").trim().toLowerCase();
  if (name === "" || name === "identity") return "identity";
  if (name === "gzip" || name === "zstd") return name;
  throw new Fault(
    "unsupported_encoding",
    `Content-Encoding ${JSON.stringify(name.slice(0, 40))} is not understood.`,
    "Send gzip, zstd or none.",
  );
}

/** The 413 of API.md: `limit` in bytes, decoded. */
export function tooLarge(limit: number): Fault {
  return new Fault("too_large", `The body is larger than ${limit} bytes.`, "Send it in smaller pieces.", { limit });
}

/** The decoded bytes when they are few and quick to make; null = measure first, then take it in pieces. */
export async function decodeAtOnce(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array<ArrayBuffer> | null> {
  if (bytes.length > AT_ONCE) return null;
  return encoding === "gzip" ? gunzipAtOnce(bytes) : collect(decodedPieces(bytes, encoding));
}

function gunzipAtOnce(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  try {
    const out = gunzipSync(bytes, { maxOutputLength: AT_ONCE, info: true }) as unknown as Info;
    // node:zlib passes over what stands behind the end when it is zeros.
    if (out.engine.bytesWritten !== bytes.length) throw broken("gzip");
    return new Uint8Array(out.buffer.buffer as ArrayBuffer, out.buffer.byteOffset, out.buffer.length);
  } catch (error) {
    if (error instanceof Fault) throw error;
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return null;
    throw broken("gzip");
  }
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer> | null> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    kept.push(piece);
    length += piece.length;
    if (length > AT_ONCE) return null;
  }
  return new Uint8Array(Bun.concatArrayBuffers(kept as Uint8Array<ArrayBuffer>[]));
}

/** How many bytes come out. Keeps none of them. Throws Fault `too_large` past `max`, `bad_request` when it does not decode. */
export async function measure(bytes: Uint8Array, encoding: Encoding, max: number): Promise<number> {
  let length = 0;
  for await (const piece of decodedPieces(bytes, encoding)) {
    length += piece.length;
    if (length > max) throw tooLarge(max);
  }
  return length;
}

/**
 * The decoded bytes in pieces of at most 64 KiB. DecompressionStream, because it alone refuses what is cut short or has
 * something behind its end (node:zlib answers a torn zstd frame with 0 bytes). It works on this thread: hence the turns.
 */
export async function* decodedPieces(bytes: Uint8Array, encoding: Encoding): AsyncGenerator<Uint8Array> {
  if (encoding === "identity") return yield bytes;
  const stream = new DecompressionStream(encoding as CompressionFormat);
  const reader = inSteps(bytes)
    .pipeThrough(stream as ReadableWritablePair<Uint8Array, Uint8Array>)
    .getReader();
  let turn = performance.now();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw broken(encoding);
      });
      if (done) return;
      yield value;
      if (performance.now() - turn < TURN_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
  } finally {
    // Rejects when the stream has failed already, which has been told.
    await reader.cancel().catch(() => {});
  }
}

type Info = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };

function inSteps(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(at, at + STEP));
        at += STEP;
      },
    },
    { highWaterMark: 0 },
  );
}

function broken(encoding: Encoding): Fault {
  return new Fault(
    "bad_request",
    `The body is not whole ${encoding}: it is cut short, damaged, or goes on after its end.`,
  );
}
