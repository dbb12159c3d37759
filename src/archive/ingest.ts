/** Takes bytes into the archive: append, skip what is there already, refuse gaps, notice another history. No parsing here. */
import type { Database } from "bun:sqlite";
import { appendBytes, readBytes } from "../store/bytes.ts";
import { thaw } from "../store/deltas.ts";
import { addSource, deviceRow, findSource, generations, moveThrough } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import { LineCutter } from "../lib/lines.ts";
import type { RawLine } from "../lib/lines.ts";
import { hash60 } from "../lib/id.ts";
import { provider } from "../providers/all.ts";
import { redact } from "../lib/redact.ts";
import { speaksOfMany } from "../store/session-delete.ts";
import { anyTombstone, discardSource, isBuried } from "../store/tombstones.ts";
import { buried } from "./place.ts";
import type { IngestReply, IngestRequest } from "./protocol.ts";

const LF = Buffer.from("\n");

/** Bytes that are new in the archive, for deriving: they stand at `offset`. */
export type Appended = { readonly source: SourceRow; readonly offset: number; readonly bytes: Uint8Array };

/** `archived` = the source's `through` after this request. */
export type Archived =
  | { readonly kind: "appended"; readonly appended: Appended; readonly through: number }
  | { readonly kind: "known"; readonly source: SourceRow; readonly through: number; readonly discarded: boolean }
  | Exclude<IngestReply, { kind: "ok" }>;

/** Archives one request; inside a transaction. The bytes are on disk once it is committed. */
export function archive(db: Database, request: IngestRequest, now: number): Archived {
  const source = sourceFor(db, request, now);
  const refused = source && deleted(db, source, request, now);
  if (refused) return refused;
  if (source && request.lines) return archiveLines(db, source, new Uint8Array(request.bytes), now);
  if (!source) return { kind: "gap", through: 0 };
  const bytes = kept(db, source, request);
  const { through } = source;
  if (source.discarded) return discard(db, source, request.offset + bytes.length, now);
  if (request.offset > through) return { kind: "gap", through };
  const known = Math.min(bytes.length, through - request.offset);
  if (!same(db, source, request.offset, bytes.subarray(0, known)))
    return otherHistory(db, source, request.offset, bytes);
  const fresh = bytes.subarray(known);
  if (fresh.length === 0) {
    if (request.size !== undefined && request.size !== source.size)
      moveThrough(db, source.id, through, request.size, now);
    return { kind: "known", source, through, discarded: false };
  }
  if (source.unit === "file") thaw(db, source.id);
  appendBytes(db, source.id, through, fresh);
  const after = through + fresh.length;
  moveThrough(db, source.id, after, request.size ?? null, now);
  return { kind: "appended", appended: { source, offset: through, bytes: fresh }, through: after };
}

/** Appends the lines that the source does not hold yet. */
function archiveLines(db: Database, source: SourceRow, bytes: Uint8Array, now: number): Archived {
  const { id, through } = source;
  if (source.discarded) return discard(db, source, through + bytes.length, now);
  const held = new Set<string>();
  const isNew = ({ bytes: line }: RawLine) => {
    const { hi, lo } = hash60(line);
    return held.size !== held.add(`${hi}:${lo}`).size;
  };
  const cutter = new LineCutter(0);
  for (const piece of readBytes(db, id, 0, through)) for (const line of cutter.push(piece)) isNew(line);
  const fresh = [...new LineCutter(0).push(bytes)].filter(isNew).map((line) => Buffer.concat([line.bytes, LF]));
  if (fresh.length === 0) return { kind: "known", source, through, discarded: false };
  const more = new Uint8Array(Buffer.concat(fresh));
  appendBytes(db, id, through, more);
  moveThrough(db, id, through + more.length, null, now);
  return { kind: "appended", appended: { source, offset: through, bytes: more }, through: through + more.length };
}

/** The source's row, made when its first bytes come; null when they would not be its first. */
function sourceFor(db: Database, request: IngestRequest, now: number): SourceRow | null {
  const key = {
    device: deviceRow(db, request.device, now),
    provider: request.provider,
    path: request.path,
    generation: request.generation,
  };
  const found = findSource(db, key);
  if (found) return found;
  if (request.offset > 0 && !request.lines) return null;
  const hint = Object.keys(request.hint).length > 0 ? JSON.stringify(request.hint) : null;
  return addSource(db, key, { unit: request.unit, hint, now });
}

/** A source that begins with a deleted session's bytes: they are not even written. */
function deleted(db: Database, source: SourceRow, request: IngestRequest, now: number): Archived | null {
  const bytes = new Uint8Array(request.bytes);
  if (source.discarded || source.through > 0 || bytes.length === 0) return null;
  const parser = provider(source.path.startsWith("event:") ? "event" : source.provider);
  const grave = parser && buried(db, source, parser, bytes);
  if (!grave) return null;
  discardSource(db, source.id, grave);
  return discard(db, source, request.offset + bytes.length, now);
}

/** What may be archived of the bytes: all, but for what an index of many sessions says of deleted ones. */
function kept(db: Database, source: SourceRow, request: IngestRequest): Uint8Array {
  const bytes = new Uint8Array(request.bytes);
  if (!anyTombstone(db) || !speaksOfMany(source)) return bytes;
  return redact(bytes, (name) => isBuried(db, source.provider, name));
}

/** A deleted session's bytes: `through` moves on so that shippers are content, nothing is stored. */
function discard(db: Database, source: SourceRow, end: number, now: number): Archived {
  const through = Math.max(source.through, end);
  moveThrough(db, source.id, through, null, now);
  return { kind: "known", source, through, discarded: true };
}

/** True when `bytes` are what the source holds at `offset`. */
function same(db: Database, source: SourceRow, offset: number, bytes: Uint8Array): boolean {
  let at = 0;
  for (const piece of readBytes(db, source.id, offset, offset + bytes.length)) {
    if (Buffer.compare(piece, bytes.subarray(at, at + piece.length)) !== 0) return false;
    at += piece.length;
  }
  return at === bytes.length;
}

/** The bytes belong to another generation: one that agrees with them so far, else the next new one. */
function otherHistory(db: Database, source: SourceRow, offset: number, bytes: Uint8Array): Archived {
  const all = generations(db, source);
  for (const other of all) {
    if (other.id === source.id || other.discarded) continue;
    const known = Math.min(bytes.length, other.through - offset);
    const agrees = known > 0 ? same(db, other, offset, bytes.subarray(0, known)) : other.through === 0;
    if (agrees) return { kind: "diverged", generation: other.generation, through: other.through };
  }
  return { kind: "diverged", generation: all[0]!.generation + 1, through: 0 };
}
