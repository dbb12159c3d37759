/**
 * Request bodies: decompressed with a cap, in bounded memory, without holding the loop. What is compressed and big is
 * decoded twice: once to know that it is whole and how long it is, then into exactly that much room. So a bomb never gets
 * any, and nothing of a damaged body is ever acted on.
 */
import type { Context, MiddlewareHandler } from "hono";
import type * as z from "zod";
import { Fault } from "../domain/fault.ts";
import { BODY_MAX, KIB, MIB } from "../domain/limits.ts";
import { arrived, arriving, declaredLength } from "./body/arrive.ts";
import { createBudget, grow, release, shrink, type Share } from "./body/budget.ts";
import { decodeAtOnce, decodedPieces, encodingOf, measure, tooLarge, type Encoding } from "./body/decode.ts";
import { invalid } from "./input.ts";

/** All bodies together, bytes. */
const MEMORY = 64 * MIB;
/** Shorter than Bun's idle timeout (10 s), which would cut the connection without an answer. */
const PATIENCE_MS = 5000;
/** Pieces of `readBodyPieces`, bytes. */
export const PIECE = MIB;
/** Settings, logins, titles: what people write. Bytes. */
const JSON_MAX = 256 * KIB;

/** What a request holds, and what is to be done once it is answered. */
type Held = { readonly share: Share; readonly after: (() => void)[] };

const budget = createBudget(MEMORY, PATIENCE_MS);
const requests = new WeakMap<Request, Held>();

/** Gives back the memory of a request's body once it is answered. Mounted on `*`: nothing can be read without it. */
export function bodies(): MiddlewareHandler {
  return async (c, next) => {
    const held: Held = { share: { budget, bytes: 0 }, after: [] };
    requests.set(c.req.raw, held);
    try {
      await next();
    } finally {
      release(held.share);
      for (const act of held.after) act();
    }
  };
}

/** Calls `act` when the request has its answer, whatever that is. */
export function onceAnswered(c: Context, act: () => void): void {
  heldBy(c).after.push(act);
}

/**
 * The whole body, decoded; its buffer is the caller's to transfer. Throws Fault: 413 past `max` (bytes, decoded), 415, 400
 * when it does not decode or does not come, 429 when too many are in memory.
 */
export async function readBody(c: Context, { max = BODY_MAX } = {}): Promise<ArrayBuffer> {
  const { encoding, share } = begin(c, max);
  const raw = await readRaw(c, share, encoding, max);
  if (encoding === "identity" || raw.length === 0) return own(raw);
  const quick = await decodeAtOnce(raw, encoding);
  if (quick) {
    if (quick.length > max) throw tooLarge(max);
    return own(quick);
  }
  const length = await inTurn(() => measure(raw, encoding, max));
  await grow(share, length);
  return await inTurn(() => fill(length, decodedPieces(raw, encoding)));
}

/**
 * The body in decoded pieces of at most 1 MiB, each in a buffer of its own; none when it is empty. Whatever is wrong with a
 * compressed body is thrown before the first piece; a long uncompressed one may turn out too large, or break off, later.
 */
export async function* readBodyPieces(c: Context, { max = BODY_MAX } = {}): AsyncGenerator<ArrayBuffer> {
  const { encoding, share } = begin(c, max);
  const declared = declaredLength(c);
  if (encoding === "identity" && (declared === null || declared > PIECE)) {
    await grow(share, 2 * PIECE);
    return yield* cut(capped(arriving(c), max));
  }
  const raw = await readRaw(c, share, encoding, max);
  if (raw.length === 0) return;
  const quick = encoding === "identity" ? raw : await decodeAtOnce(raw, encoding);
  if (quick && quick.length > max) throw tooLarge(max);
  if (quick && quick.length <= PIECE) return yield own(quick);
  if (!quick) await inTurn(() => measure(raw, encoding, max));
  await grow(share, 2 * PIECE);
  yield* cut(quick ? from([quick]) : decodedPieces(raw, encoding));
}

/** The body as JSON by `schema`. Throws Fault: 415 for another content type, 400 for broken JSON, 422 with `fields`. */
export async function readJson<T>(c: Context, schema: z.ZodType<T>, { max = JSON_MAX } = {}): Promise<T> {
  // A form or text/plain is what another site's page can send without being asked.
  if (!/^application\/json\s*(;|$)/i.test(c.req.header("content-type") ?? ""))
    throw new Fault("unsupported_encoding", "The body must be JSON.", "Send Content-Type: application/json.");
  const parsed = schema.safeParse(parseJson(await readBody(c, { max })));
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
}

function begin(c: Context, max: number) {
  const { share } = heldBy(c);
  const encoding = encodingOf(c.req.header("content-encoding"));
  const declared = declaredLength(c);
  // What does not shrink grows by a few bytes a block.
  const most = encoding === "identity" ? max : max + max / 256 + KIB;
  if (declared !== null && declared > most) throw tooLarge(max);
  return { share, encoding };
}

function heldBy(c: Context): Held {
  const held = requests.get(c.req.raw);
  if (!held) throw new Fault("internal", "A body was read before bodies() was mounted.");
  return held;
}

/** The body as it was sent. */
async function readRaw(c: Context, share: Share, encoding: Encoding, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = declaredLength(c);
  if (declared !== null) await grow(share, declared);
  if (declared !== null && declared <= PIECE) return new Uint8Array(await arrived(c, declared));
  const pieces = capped(arriving(c), encoding === "identity" ? max : max + max / 256 + KIB, max);
  if (declared !== null) return new Uint8Array(await fill(declared, pieces));
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    // Twice: the pieces, and the whole that they are joined to.
    await grow(share, 2 * piece.length);
    kept.push(piece);
    length += piece.length;
  }
  const whole = new Uint8Array(await fill(length, from(kept)));
  shrink(share, length);
  return whole;
}

/** Passes pieces on until they are more than `most` bytes in all; `told` is the limit that the 413 names. */
async function* capped(pieces: AsyncIterable<Uint8Array>, most: number, told = most): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > most) throw tooLarge(told);
    yield piece;
  }
}

async function* from(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** One buffer of `length` bytes, filled; shorter when the pieces end before. */
async function fill(length: number, pieces: AsyncIterable<Uint8Array>): Promise<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for await (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return at === length ? whole.buffer : whole.buffer.slice(0, at);
}

async function* cut(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ArrayBuffer> {
  let room = new Uint8Array(PIECE);
  let at = 0;
  for await (let piece of pieces) {
    while (piece.length > 0) {
      const taken = piece.subarray(0, PIECE - at);
      room.set(taken, at);
      at += taken.length;
      piece = piece.subarray(taken.length);
      if (at < PIECE) continue;
      yield room.buffer;
      room = new Uint8Array(PIECE);
      at = 0;
    }
  }
  if (at > 0) yield room.buffer.slice(0, at);
}

/** A buffer that holds these bytes and nothing else. */
function own(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.length === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}

let turn: Promise<unknown> = Promise.resolve();

/** One big body is decoded at a time: several would share the processor, and each would give the loop back less often. */
function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const mine = turn.then(act);
  turn = mine.catch(() => {});
  return mine;
}

function parseJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Also what is nested too deep for the parser's stack.
    throw new Fault("bad_request", "The body is not JSON.");
  }
}
