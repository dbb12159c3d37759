/**
 * What of a source is to be sent next. Each look opens the file anew and proves that it is still the one whose first bytes
 * the server has: by hashes of its beginning and of what stands right before the acknowledged offset. Nothing is kept
 * between looks but the row, so a file may be appended to, cut, replaced or rewritten at any moment.
 */
import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { BLOCK, KIB, MIB } from "../domain/limits.ts";
import { codeOf } from "../lib/files.ts";
import { hash64, readAt, sha256Of } from "./bytes.ts";
import { nextGeneration, startOver, WELL } from "./row.ts";
import type { SourceRow } from "./spool.ts";

/** Longest piece of one request, and how much of a file's ends is hashed to know it again. Bytes. */
export const PIECE = MIB;
const END = KIB;
/** A reader's buffer: a piece and the bytes before it that are checked. */
export const BUFFER = PIECE + END;
/** A rewritten file goes once it stood still this long, ms: a rewrite is not to be seen half done. */
const SETTLE_MS = 400;
/** A claim that needs no proof: the server has less than it said before, and the file was proven up to there. */
export const TRUSTED = "trusted";
/** Tail of an empty source that the server knows of. */
const EMPTY = "empty";
const LF = 10;

/**
 * `bytes` (a view into the buffer) stand at the row's `acked`; `next` is the row once the server has them. `rest`: what
 * follows is more to send, nothing, or an unfinished line that may go at the time given (ms UTC).
 */
export type Piece = {
  readonly kind: "piece";
  readonly row: SourceRow;
  readonly bytes: Uint8Array;
  readonly next: SourceRow;
  readonly rest: "more" | "none" | number;
};

export type Look =
  | Piece
  /** The server has all there is. */
  | { readonly kind: "even"; readonly row: SourceRow }
  /** An unfinished last line, or a file being written: look again at `until` (ms UTC). */
  | { readonly kind: "held"; readonly row: SourceRow; readonly until: number }
  | { readonly kind: "gone" }
  | { readonly kind: "unreadable"; readonly reason: string };

export type LookOptions = {
  /** BUFFER bytes. */
  readonly buffer: Uint8Array;
  /** Longest piece, bytes; the server may ask for less than PIECE. */
  readonly limit: number;
  /** An unfinished last line is sent once the file was quiet this long, ms; 0 = now. */
  readonly quiet: number;
  readonly now: number;
};

/** Looks at the file of `row`. Never throws for what the file system answers. Works through a claim of the server's first. */
export async function lookAt(row: SourceRow, options: LookOptions): Promise<Look> {
  try {
    // NONBLOCK: a pipe put in the file's place must not hang us.
    const fd = openSync(row.path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await lookIn(fd, row, options);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "gone" };
    return { kind: "unreadable", reason: code || String(error) };
  }
}

/** The same in an open file, which may have lost its name. Never throws for what the file system answers. */
export async function lookIn(fd: number, row: SourceRow, options: LookOptions): Promise<Look> {
  try {
    return await readIn(fd, row, options);
  } catch (error) {
    return { kind: "unreadable", reason: codeOf(error) || String(error) };
  }
}

async function readIn(fd: number, row: SourceRow, options: LookOptions): Promise<Look> {
  const stat = fstatSync(fd);
  if (!stat.isFile()) return { kind: "unreadable", reason: "it is no regular file any more" };
  const proven = await prove(fd, stat, row);
  const looking = { fd, stat, ...options };
  return row.unit === "file" ? await lookAtFile(proven, looking) : lookAtLines(proven, looking);
}

type Looking = LookOptions & { readonly fd: number; readonly stat: Stats };

function lookAtLines(before: SourceRow, looking: Looking): Look {
  const { fd, stat, buffer, limit, quiet, now } = looking;
  const row = seen(before, stat);
  if (stat.size < row.acked) return lookAtLines(nextGeneration(row), looking);
  const checked = Math.min(END, row.acked);
  const have = readAt(fd, buffer.subarray(0, checked + Math.min(limit, PIECE)), row.acked - checked) - checked;
  if (!isSame(fd, row, buffer.subarray(0, checked))) return lookAtLines(nextGeneration(row), looking);
  if (row.acked === stat.size) return stat.size === 0 ? empty(row) : { kind: "even", row };
  // Cut while it was read.
  if (have <= 0) return { kind: "held", row: before, until: now + SETTLE_MS };
  const bytes = buffer.subarray(checked, checked + have);
  if (row.acked + have < stat.size)
    return piece(row, buffer, { checked, length: cutAt(bytes, row.acked), rest: "more" });
  const whole = bytes.lastIndexOf(LF) + 1;
  const until = stat.mtimeMs + quiet;
  const quietEnough = quiet === 0 || until <= now || stat.mtimeMs > now + quiet;
  if (whole === 0 && !quietEnough) return { kind: "held", row, until };
  if (quietEnough || whole === have) return piece(row, buffer, { checked, length: have, rest: "none" });
  return piece(row, buffer, { checked, length: whole, rest: until });
}

/**
 * Where bytes that stand at `offset` are cut, if more follow: at the first line's end behind a whole block, for the archive
 * packs what is left over twice. In the middle of a long line any cut will do: the rest is on the disk already.
 */
function cutAt(bytes: Uint8Array, offset: number): number {
  for (let end = bytes.length - ((offset + bytes.length) % BLOCK); end > 0; end -= BLOCK) {
    const line = bytes.indexOf(LF, end);
    if (line >= 0) return line + 1;
  }
  return bytes.lastIndexOf(LF) + 1 || bytes.length;
}

type Cut = { readonly checked: number; readonly length: number; readonly rest: Piece["rest"] };

/** The hashes are of the bytes that are sent, not of what the file holds when the answer comes. */
function piece(row: SourceRow, buffer: Uint8Array, cut: Cut): Piece {
  const window = buffer.subarray(0, cut.checked + cut.length);
  const acked = row.acked + cut.length;
  const headLength = Math.min(END, acked);
  // The window begins at 0 as long as the head is not whole.
  const head = row.acked >= END ? row.head : hash64(window.subarray(0, headLength));
  const next = { ...settled(row), acked, head, headLength, tail: hash64(window.subarray(window.length - headLength)) };
  return { kind: "piece", row, bytes: window.subarray(cut.checked), next, rest: cut.rest };
}

/** A file that is written anew each time: each content of it is a generation. */
async function lookAtFile(before: SourceRow, { fd, stat, buffer, limit, quiet, now }: Looking): Promise<Look> {
  const row = await fileRow(fd, stat, before);
  if (row.size === 0) return empty(row);
  if (row.acked === row.size) return { kind: "even", row };
  const until = stat.mtimeMs + Math.min(quiet, SETTLE_MS);
  if (quiet > 0 && until > now && stat.mtimeMs <= now + quiet) return { kind: "held", row: before, until };
  const bytes = buffer.subarray(0, Math.min(limit, PIECE, row.size - row.acked));
  const have = readAt(fd, bytes, row.acked);
  const acked = row.acked + have;
  const tail = acked === row.size ? await sha256Of(fd, row.size) : "";
  // Written while it was read: what was read is of no content that ever stood there.
  if (have < bytes.length || !isUntouched(fstatSync(fd), row))
    return { kind: "held", row: before, until: now + SETTLE_MS };
  return { kind: "piece", row, bytes, next: { ...settled(row), acked, tail }, rest: tail === "" ? "more" : "none" };
}

async function fileRow(fd: number, stat: Stats, row: SourceRow): Promise<SourceRow> {
  if (row.acked === 0) return seen(row, stat);
  if (isUntouched(stat, row)) return row;
  const grown = row.acked === row.size && row.tail !== "" && stat.size >= row.size;
  return seen(grown && (await sha256Of(fd, row.size)) === row.tail ? row : nextGeneration(row), stat);
}

function isUntouched(stat: Stats, row: SourceRow): boolean {
  return row.inode === stat.ino && row.size === stat.size && row.mtime === stat.mtimeMs;
}

/** An empty file is a source too; a generation that is empty says nothing. */
function empty(row: SourceRow): Look {
  if (row.generation > 0 || row.tail === EMPTY) return { kind: "even", row };
  return { kind: "piece", row, bytes: new Uint8Array(0), next: { ...settled(row), tail: EMPTY }, rest: "none" };
}

/** Whether the file begins with the bytes that the server has. An inode proves nothing: it is given again. */
function isSame(fd: number, row: SourceRow, beforeAcked: Uint8Array): boolean {
  if (row.acked === 0) return true;
  const head = new Uint8Array(row.headLength);
  return hash64(beforeAcked) === row.tail && readAt(fd, head, 0) === head.length && hash64(head) === row.head;
}

/** A row that only claims what the server said (API: `sha256`), proven against the file, or begun anew. */
async function prove(fd: number, stat: Stats, row: SourceRow): Promise<SourceRow> {
  if (row.claim === "") return row;
  const trusted = row.claim === TRUSTED && stat.size >= row.acked;
  if (!trusted && (stat.size < row.acked || (await sha256Of(fd, row.acked)) !== row.claim)) return startOver(row);
  if (row.unit === "file") return { ...row, claim: "", tail: trusted ? "" : row.claim };
  const headLength = Math.min(END, row.acked);
  const at = (position: number) => {
    const bytes = new Uint8Array(headLength);
    return hash64(bytes.subarray(0, readAt(fd, bytes, position)));
  };
  return { ...row, claim: "", headLength, head: at(0), tail: at(row.acked - headLength) };
}

function seen(row: SourceRow, stat: Stats): SourceRow {
  return { ...row, inode: stat.ino, size: stat.size, mtime: stat.mtimeMs };
}

/** What the server took is no failure any more. */
function settled(row: SourceRow): SourceRow {
  return { ...row, claim: "", refusals: 0, ...WELL };
}
