/**
 * A source's bytes: whole blocks of 128 KiB cut from offset 0, shared by hash; one partial block; and tail rows for the
 * little that arrives line by line (rewriting a partial block per line would write 128 KiB for each).
 */
import type { Database } from "bun:sqlite";
import { BLOCK, KIB } from "../domain/limits.ts";
import { undelta } from "../lib/delta.ts";
import { dropUnused, readBlock, storeBlock } from "./blocks.ts";
import type { FrameCache } from "./blocks.ts";

/** A remainder at least this long becomes a partial block at once. */
const PARTIAL_MIN = 16 * KIB;
/** Tail rows are joined at this many bytes or rows. */
const TAIL_BYTES = 32 * KIB;
const TAIL_ROWS = 64;

type BlockRow = { readonly n: number; readonly block: number; readonly len: number };
type TailRow = { readonly offset: number; readonly bytes: Uint8Array };

/** Appends `bytes` at `offset`, which must be the source's `through`. Inside a transaction. */
export function appendBytes(db: Database, source: number, offset: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    const start = offset + at;
    const n = Math.floor(start / BLOCK);
    const room = (n + 1) * BLOCK - start;
    if (bytes.length - at < room) return appendRest(db, source, start, bytes.subarray(at));
    const piece = bytes.subarray(at, at + room);
    putBlock(db, source, n, room === BLOCK ? piece : joinLoose(db, source, n, piece));
    at += room;
  }
}

/** Joins a quiet source's tail rows into its partial block. */
export function settle(db: Database, source: number): void {
  const first = db
    .query<{ offset: number }, [number]>("SELECT min(offset) AS offset FROM tails WHERE source = ?")
    .get(source);
  if (first?.offset === null || first === null) return;
  const n = Math.floor(first.offset / BLOCK);
  putBlock(db, source, n, joinLoose(db, source, n, new Uint8Array(0)));
}

/** Sources that have tail rows. */
export function looseSources(db: Database): number[] {
  return db
    .query<{ source: number }, []>("SELECT DISTINCT source FROM tails")
    .all()
    .map((row) => row.source);
}

/**
 * The bytes [from, to) in order, in pieces of at most a block. With a `cache` each piece is good until the next one is asked
 * for, and not to be written to.
 */
export function* readBytes(
  db: Database,
  source: number,
  from: number,
  to: number,
  cache?: FrameCache,
): Generator<Uint8Array> {
  let at = from;
  while (at < to) {
    const piece = pieceAt(db, source, at, cache);
    if (!piece) return;
    const wanted = piece.subarray(0, to - at);
    yield wanted;
    at += wanted.length;
  }
}

/** The bytes [from, to) as one array; shorter when the source is. */
export function readRange(db: Database, source: number, from: number, to: number): Uint8Array {
  const pieces = [...readBytes(db, source, from, to)];
  return pieces.length === 1 ? pieces[0]! : new Uint8Array(Buffer.concat(pieces));
}

/** The first `length` bytes as an array of its own, made once; shorter when the source is. */
export function readWhole(db: Database, source: number, length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of readBytes(db, source, 0, length)) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole.subarray(0, at);
}

/** Removes all bytes of a source; blocks that no other source uses go too. */
export function dropBytes(db: Database, source: number): void {
  db.query("DELETE FROM deltas WHERE source = ?").run(source);
  dropBlocks(db, source);
}

/** Removes a source's blocks and tail rows, but not what it may hold as a delta. */
export function dropBlocks(db: Database, source: number): void {
  const rows = db.query<BlockRow, [number]>("SELECT n, block, len FROM source_blocks WHERE source = ?").all(source);
  db.query("DELETE FROM tails WHERE source = ?").run(source);
  db.query("DELETE FROM source_blocks WHERE source = ?").run(source);
  for (const { block } of rows) dropUnused(db, block);
}

type Held = { readonly id: number; readonly through: number };

/** How many leading bytes two sources share. Equal blocks have equal numbers: most of it reads no bytes. */
export function commonPrefix(db: Database, a: Held, b: Held): number {
  const shorter = Math.min(a.through, b.through);
  for (let at = 0; at < shorter; at += BLOCK) {
    const one = blockRow(db, a.id, at / BLOCK);
    const other = blockRow(db, b.id, at / BLOCK);
    if (one && other && one.block === other.block && one.len === BLOCK) continue;
    const end = Math.min(at + BLOCK, shorter);
    const difference = firstDifference(readRange(db, a.id, at, end), readRange(db, b.id, at, end));
    if (difference < end - at) return at + difference;
  }
  return shorter;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  if (Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0) return length;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return length;
}

function appendRest(db: Database, source: number, start: number, rest: Uint8Array) {
  const n = Math.floor(start / BLOCK);
  const loose = db
    .query<{ rows: number; bytes: number }, [number]>(
      "SELECT count(*) AS rows, coalesce(sum(length(bytes)), 0) AS bytes FROM tails WHERE source = ?",
    )
    .get(source)!;
  const keep = rest.length < PARTIAL_MIN && loose.bytes + rest.length < TAIL_BYTES && loose.rows < TAIL_ROWS;
  if (keep) return void db.query("INSERT INTO tails VALUES (?, ?, ?)").run(source, start, rest);
  putBlock(db, source, n, joinLoose(db, source, n, rest));
}

/** What stands in block n's place already (partial block and tail rows), and `more` after it. Takes the tail rows away. */
function joinLoose(db: Database, source: number, n: number, more: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  const partial = blockRow(db, source, n);
  if (partial) pieces.push(readBlock(db, partial.block));
  pieces.push(...tailRows(db, source).map((row) => row.bytes), more);
  db.query("DELETE FROM tails WHERE source = ?").run(source);
  return pieces.length === 1 ? more : Buffer.concat(pieces);
}

function putBlock(db: Database, source: number, n: number, bytes: Uint8Array) {
  const before = blockRow(db, source, n);
  const block = storeBlock(db, bytes);
  db.query("INSERT OR REPLACE INTO source_blocks VALUES (?, ?, ?, ?)").run(source, n, block, bytes.length);
  if (before && before.block !== block) dropUnused(db, before.block);
}

/** What stands at `at`, to the end of its frame, block or tail row; null past the end. */
function pieceAt(db: Database, source: number, at: number, cache?: FrameCache): Uint8Array | null {
  const n = Math.floor(at / BLOCK);
  const inside = at - n * BLOCK;
  const row = blockRow(db, source, n);
  if (row && inside < row.len)
    return cache ? cache.get(db, row.block, inside) : readBlock(db, row.block).subarray(inside);
  const tail = db
    .query<TailRow, [number, number]>(
      "SELECT offset, bytes FROM tails WHERE source = ? AND offset <= ? ORDER BY offset DESC LIMIT 1",
    )
    .get(source, at);
  if (tail) return at < tail.offset + tail.bytes.length ? tail.bytes.subarray(at - tail.offset) : null;
  if (row) return null;
  const whole = readDelta(db, source);
  return whole && at < whole.length ? whole.subarray(at) : null;
}

type DeltaRow = { readonly base: number; readonly base_len: number; readonly z: Uint8Array };

/** The delta that was read last on each connection, while there is memory: it is asked for piece by piece. */
const lastDelta = new WeakMap<
  Database,
  { readonly row: DeltaRow; readonly source: number; bytes: WeakRef<Uint8Array> }
>();

/** All bytes of a source that is kept as the difference from a newer generation; null when it is not. */
function readDelta(db: Database, source: number): Uint8Array | null {
  const row = db.query<DeltaRow, [number]>("SELECT base, base_len, z FROM deltas WHERE source = ?").get(source);
  if (!row) return null;
  const last = lastDelta.get(db);
  // `z` ends with a checksum of the bytes: they are the same.
  const known = last?.source === source && last.row.base === row.base && Buffer.compare(last.row.z, row.z) === 0;
  const kept = known ? last.bytes.deref() : undefined;
  if (kept) return kept;
  const bytes = undelta(row.z, readRange(db, row.base, 0, row.base_len));
  lastDelta.set(db, { row, source, bytes: new WeakRef(bytes) });
  return bytes;
}

function blockRow(db: Database, source: number, n: number): BlockRow | null {
  return db
    .query<BlockRow, [number, number]>("SELECT n, block, len FROM source_blocks WHERE source = ? AND n = ?")
    .get(source, n);
}

function tailRows(db: Database, source: number): TailRow[] {
  return db.query<TailRow, [number]>("SELECT offset, bytes FROM tails WHERE source = ? ORDER BY offset").all(source);
}
