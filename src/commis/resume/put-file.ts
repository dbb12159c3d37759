/**
 * Puts archived bytes where a file belongs that may be there already: nothing that only this machine has is ever lost. A file is
 * made whole or not at all; one that is behind is only added to, so that who has it open keeps it.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../../domain/fault.ts";
import { MIB } from "../../domain/limits.ts";
import { codeOf } from "../../lib/files.ts";

export type Bytes = () => AsyncIterable<Uint8Array>;

export type Putting = {
  readonly path: string;
  readonly bytes: Bytes;
  /** Of a file that is rewritten whole: whether its bytes, by their SHA-256, are archived, so that it may be replaced. Absent: it grows. */
  readonly mayReplace?: (sha256: string) => Promise<boolean>;
  /** Where unfinished files may stand: on the same disk, and nobody takes them for a session. */
  readonly stage: string;
};

/** `kept`: it is there, with all of the archived bytes and perhaps more. `diverged`: other bytes are there. */
export type Put = "written" | "extended" | "replaced" | "kept" | "diverged";

/** Throws a Fault: `disk_full`, or `invalid` when something stands there that is no file of its own. */
export async function putFile(putting: Putting): Promise<Put> {
  try {
    for (;;) {
      const found = openOwn(putting.path);
      if (found !== null) return await meet(found, putting);
      if (await make(putting)) return "written";
    }
  } catch (error) {
    throw explained(error, putting.path);
  }
}

/** The error of writing at `path` as what happened and what to do. */
export function explained(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof Fault || code === "") return error;
  if (["ENOSPC", "EDQUOT"].includes(code))
    return new Fault(
      "disk_full",
      `No room is left to restore ${path}.`,
      "Free some space and try again; nothing is lost.",
    );
  return new Fault("invalid", `${path} cannot be written (${code}).`, "Look who owns what stands there.");
}

type Open = { readonly fd: number; readonly stat: Stats };

/** null = nothing is there. A link is not followed: it leads where nobody looked. */
function openOwn(path: string): Open | null {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return null;
  if (!there.isFile())
    throw new Fault("invalid", `${path} is no file of its own.`, "Move it away, or go on in a fork.", FORK);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, stat };
  closeSync(fd);
  throw new Fault("invalid", `${path} is no file of its own.`, "Move it away, or go on in a fork.", FORK);
}

/** Details of faults that a fork goes around. */
export const FORK = { fork_available: true } as const;

async function meet({ fd, stat }: Open, putting: Putting): Promise<Put> {
  try {
    const met = await compare(fd, putting.bytes);
    if (met.kind === "same") return "kept";
    if (putting.mayReplace) return await replace(fd, stat, putting);
    if (met.kind === "longer") return "kept";
    return met.kind === "shorter" ? await extend(putting, stat, met.length) : "diverged";
  } finally {
    closeSync(fd);
  }
}

type Met = { readonly kind: "same" | "longer" | "other" } | { readonly kind: "shorter"; readonly length: number };

/** What is there, against the archived bytes. */
async function compare(fd: number, bytes: Bytes): Promise<Met> {
  let at = 0;
  for await (const piece of bytes()) {
    const local = readAt(fd, at, piece.length);
    if (!local.equals(piece.subarray(0, local.length))) return { kind: "other" };
    at += local.length;
    if (local.length < piece.length) return { kind: "shorter", length: at };
  }
  return { kind: readAt(fd, at, 1).length === 0 ? "same" : "longer" };
}

function readAt(fd: number, at: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const read = readSync(fd, buffer, got, length - got, at + got);
    if (read === 0) break;
    got += read;
  }
  return buffer.subarray(0, got);
}

/** Bytes that are added in one go: nobody can write between them. */
const AT_ONCE = 32 * MIB;

/** Adds what is missing. What is cut off by a full disk is taken back; by a crash: the next restore adds the rest. */
async function extend({ path, bytes }: Putting, before: Stats, from: number): Promise<Put> {
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  const end = { at: from };
  const grown = () => fstatSync(fd).size !== end.at;
  try {
    if (fstatSync(fd).ino !== before.ino) return "diverged";
    for await (const part of joined(after(bytes(), from), AT_ONCE)) {
      if (grown()) return "diverged";
      for (let done = 0; done < part.length;) {
        const wrote = writeSync(fd, part, done);
        done += wrote;
        end.at += wrote;
      }
    }
    fsyncSync(fd);
    return "extended";
  } catch (error) {
    if (!grown()) ftruncateSync(fd, from);
    throw error;
  } finally {
    closeSync(fd);
  }
}

async function* after(pieces: AsyncIterable<Uint8Array>, from: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const skip = Math.max(0, Math.min(piece.length, from - at));
    at += piece.length;
    if (skip < piece.length) yield piece.subarray(skip);
  }
}

async function* joined(pieces: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    length += piece.length;
    if (length < most) continue;
    yield Buffer.concat(parts);
    parts = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(parts);
}

/** An older state of a file that is rewritten whole; of any other state nobody else may know. */
async function replace(fd: number, before: Stats, putting: Putting): Promise<Put> {
  const hash = new Bun.CryptoHasher("sha256");
  for (let at = 0; ;) {
    const piece = readAt(fd, at, 128 * 1024);
    if (piece.length === 0) break;
    hash.update(piece);
    at += piece.length;
  }
  if (!(await putting.mayReplace?.(hash.digest("hex")))) return "diverged";
  const temporary = await writeStaged(putting);
  const now = lstatSync(putting.path, { throwIfNoEntry: false });
  const still = now?.ino === before.ino && now.size === before.size && now.mtimeMs === before.mtimeMs;
  if (still) renameSync(temporary, putting.path);
  else rmSync(temporary, { force: true });
  return still ? "replaced" : "diverged";
}

/** False: something has come there meanwhile. */
async function make(putting: Putting): Promise<boolean> {
  mkdirSync(dirname(putting.path), { recursive: true, mode: 0o700 });
  const temporary = await writeStaged(putting);
  try {
    // link refuses a name that is taken, rename would replace it.
    linkSync(temporary, putting.path);
    syncFolder(dirname(putting.path));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(error))) throw error;
    if (lstatSync(putting.path, { throwIfNoEntry: false })) return false;
    renameSync(temporary, putting.path);
    return true;
  } finally {
    rmSync(temporary, { force: true });
  }
}

async function writeStaged({ stage, bytes }: Putting): Promise<string> {
  const path = join(stage, `.longhouse-restore-${crypto.randomUUID()}.tmp`);
  const fd = openSync(path, "wx", 0o600);
  try {
    for await (const piece of bytes()) for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at);
    fsyncSync(fd);
    return path;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function syncFolder(dir: string) {
  const fd = openSync(dir, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
