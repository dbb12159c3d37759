/** Small files that must be whole or absent after a crash: tokens, keys, state. */
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { Fault } from "../domain/fault.ts";

/** Writes `text` to `path` (0600) through a temporary file, so that a reader finds the old or the new text, also after a crash. */
export function writeDurably(path: string, text: string): void {
  const temporary = writeBeside(path, text);
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Writes `text` to `path` (0600) unless it exists. False when it does: the file stays as it is. */
export function writeOnce(path: string, text: string): boolean {
  const temporary = writeBeside(path, text);
  try {
    // link refuses an existing name, rename would replace it.
    linkSync(temporary, path);
    syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    unlinkSync(temporary);
  }
}

/** Removes the file at `path`, so that it stays away after a crash; nothing to do when there is none. */
export function removeDurably(path: string): void {
  rmSync(path, { force: true });
  syncFolder(dirname(path));
}

/** The text of a small file without blanks around it; null when it is absent, empty or not readable. */
export function readTrimmed(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim() || null;
  } catch {
    return null;
  }
}

/** The system's code of an error ("ENOENT"); "" when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function writeBeside(path: string, text: string): string {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2, 8)}`;
  const fd = openSync(temporary, "wx", 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return temporary;
}

function syncFolder(dir: string) {
  const fd = openSync(dir, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The text of a file that a person writes, without BOM; "" when there is none. Throws Fault `invalid` when it cannot be read. */
export function readWritten(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    // ENOTDIR: the home itself is a file; `serve` says so in its own words.
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return "";
    throw new Fault("invalid", `Cannot read ${path}: ${codeOf(error)}.`, "Check that the file is yours.");
  }
}

/** A file's text to the byte, BOM and all; `binary` when it is not UTF-8, so that writing it back would change it. */
export type ExactText =
  { readonly kind: "text"; readonly text: string } | { readonly kind: "none" } | { readonly kind: "binary" };

/**
 * Reads a file of somebody else's that is to be written back. Throws the system's error when it is there and unreadable, or
 * is a link that leads nowhere.
 */
export function readExactly(path: string): ExactText {
  try {
    const bytes = readFileSync(path);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return Buffer.from(text).equals(bytes) ? { kind: "text", text } : { kind: "binary" };
  } catch (error) {
    if (codeOf(error) === "ENOENT" && !lstatSync(path, { throwIfNoEntry: false })) return { kind: "none" };
    throw error;
  }
}

/**
 * Writes a file of somebody else's anew, whole or not at all: with its mode and owner (0600 when there is none), and where
 * a symbolic link leads to. Throws Fault `stale` when the file is not as it was read (`ifStill`; null = it was not there).
 */
export function replaceFile(path: string, text: string, { ifStill }: { readonly ifStill: string | null }): void {
  const target = realPath(path);
  const temporary = writeBeside(target, text);
  try {
    likeBefore(target, temporary);
    const now = readExactly(target);
    if ((now.kind === "text" ? now.text : null) !== ifStill)
      throw new Fault("stale", "The file was changed meanwhile.", "Try again.");
    renameSync(temporary, target);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  syncFolder(dirname(target));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return path;
    throw error;
  }
}

function likeBefore(target: string, temporary: string) {
  const old = statSync(target, { throwIfNoEntry: false });
  if (!old) return;
  const fd = openSync(temporary, "r+");
  try {
    const now = statSync(temporary);
    // First the owner: a change of it takes special bits away.
    if (now.uid !== old.uid || now.gid !== old.gid) fchownSync(fd, old.uid, old.gid);
    fchmodSync(fd, old.mode & 0o7777);
  } finally {
    closeSync(fd);
  }
}

/** The last `max` bytes of a file as text, trimmed; "" when it is not there. */
export function readEnd(path: string, max: number): string {
  const bytes = readTail(path, max);
  // Cut in the middle of a character.
  return bytes
    .toString("utf8")
    .replace(/^\uFFFD+/, "")
    .trim();
}

function readTail(path: string, max: number): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, max));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(fd);
  }
}
