/**
 * A conversation of a database as a source that only grows: lines `{"key":…,"value":…}` of what changed since it was sent
 * last. What is being sent is kept until it is acknowledged; what was acknowledged is remembered in the spool as hashes.
 */
import type { DatabaseKinds, DatabaseRecord } from "../domain/database.ts";
import { MIB } from "../domain/limits.ts";
import { splitPath, storesIn, withDatabase } from "./query.ts";
import { startOver, WELL } from "./row.ts";
import type { Found } from "./scan.ts";
import type { Batch, QuerySpool } from "./spool-queries.ts";
import type { SourceRow, Spool } from "./spool.ts";
import { type Look, type Piece, PIECE } from "./tail.ts";

/** Bytes after which lines are sent before more is read. */
const BATCH = 8 * MIB;
/** A database that is locked this moment is looked at again so much later, ms. */
const LOCKED_MS = 1_000;
/** Version of a conversation of which not all was read. */
const UNFINISHED = -1;

export type QueryLooking = {
  readonly spool: Spool;
  readonly queries: QuerySpool;
  readonly kinds: DatabaseKinds;
  readonly found: Found;
  /** Longest piece, bytes. */
  readonly limit: number;
  readonly now: number;
};

/** What of the conversation is to be sent next. Never throws for what the database answers. */
export function lookAtQuery(before: SourceRow, looking: QueryLooking): Look {
  const { queries, spool, limit } = looking;
  const source = nameOf(spool, before);
  // What the server says it has cannot be made again from a database: it compares, from the first byte.
  const row = before.claim === "" ? before : startOver(before);
  const batch = queries.batch(source);
  if (batch && isUnderWay(batch, row)) return pieceOf(batch, row, limit);
  if (row.acked === 0) queries.forget(source);
  const read = readChanges(row, looking, queries.hashes(source));
  if (read.kind !== "changes") return read;
  queries.begin(source, read.batch);
  return pieceOf(read.batch, row, limit);
}

/** Writes down that the server has all before the row's `acked`. */
export function acknowledge(spool: Spool, queries: QuerySpool, row: SourceRow): void {
  const source = nameOf(spool, row);
  const batch = queries.batch(source);
  const done = batch && batch.generation === row.generation && row.acked >= batch.start + batch.bytes.length;
  spool.db.transaction(() => {
    if (done) queries.finish(source, batch);
    spool.put(row);
  })();
}

/** Whether something of the conversation may be unsent. */
export function isQueryDue(found: Found, row: SourceRow | null): boolean {
  if (!row || row.claim !== "") return true;
  return row.inode !== found.inode || row.acked < row.size;
}

/** A conversation's version as a number that the spool can keep. */
export function versionNumber(version: string): number {
  const hash = Bun.hash.xxHash64(version);
  return Number(BigInt.asUintN(52, hash));
}

function nameOf({ archive }: Spool, { provider, path }: SourceRow): string {
  return `${archive}\n${provider}\n${path}`;
}

function isUnderWay({ generation, start, bytes }: Batch, row: SourceRow): boolean {
  return generation === row.generation && row.acked >= start && row.acked < start + bytes.length;
}

function pieceOf({ start, bytes, version, whole }: Batch, row: SourceRow, limit: number): Piece {
  const from = row.acked - start;
  const piece = bytes.subarray(from, from + Math.min(limit, PIECE));
  const end = start + bytes.length;
  const acked = row.acked + piece.length;
  const next = { ...row, acked, size: end, inode: whole ? version : UNFINISHED };
  return {
    kind: "piece",
    row,
    bytes: piece,
    next: { ...next, claim: "", refusals: 0, ...WELL },
    rest: acked < end || !whole ? "more" : "none",
  };
}

type Changes = { readonly kind: "changes"; readonly batch: Batch };

function readChanges(
  row: SourceRow,
  { kinds, found, now }: QueryLooking,
  known: ReadonlyMap<string, string>,
): Changes | Exclude<Look, Piece> {
  const { database, id } = splitPath(row.path);
  const opened = withDatabase(database, (db) => {
    for (const { store, read } of storesIn(db, database, kinds)) {
      const changes = changed(store.records(read, id), store.keys, known);
      if (changes) return changes;
    }
    return null;
  });
  if (opened.kind === "busy") return { kind: "held", row, until: now + LOCKED_MS };
  if (opened.kind === "other") return { kind: "unreadable", reason: opened.reason };
  // A conversation that was deleted in its database stays in the archive.
  const seen = { ...row, inode: found.inode, size: row.acked, mtime: found.mtime };
  if (opened.kind === "gone" || !opened.value) return { kind: "even", row: seen };
  if (opened.value.bytes.length === 0) return { kind: "even", row: seen };
  // What was written since the conversation was found is in what was read: another look then finds nothing new.
  return {
    kind: "changes",
    batch: { ...opened.value, generation: row.generation, start: row.acked, version: found.inode },
  };
}

/** Lines of records that are not known as they are, up to BATCH bytes, then of those that are gone; null: no records. */
function changed(records: Iterable<DatabaseRecord>, allowed: RegExp, known: ReadonlyMap<string, string>) {
  const hashes: Record<string, string | null> = {};
  const seen = new Set<string>();
  const lines: Buffer[] = [];
  let size = 0;
  for (const { key, value } of records) {
    if (!allowed.test(key) || seen.has(key)) continue;
    seen.add(key);
    const line = value === undefined ? null : lineOf(key, value);
    const hash = line && Bun.hash.xxHash64(line).toString(36);
    if (!line || !hash || known.get(key) === hash) continue;
    hashes[key] = hash;
    lines.push(line);
    size += line.length;
    if (size >= BATCH) return { bytes: Buffer.concat(lines), hashes, whole: false };
  }
  if (seen.size === 0) return null;
  for (const key of known.keys()) {
    if (seen.has(key)) continue;
    hashes[key] = null;
    lines.push(Buffer.from(`${JSON.stringify({ key, value: null })}\n`));
  }
  return { bytes: Buffer.concat(lines), hashes, whole: true };
}

/** Null for a value nested too deep to be written: JSON.parse goes deeper than JSON.stringify. */
function lineOf(key: string, value: unknown): Buffer | null {
  try {
    return Buffer.from(`${JSON.stringify({ key, value })}\n`);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
