/** Small files that must be whole or absent after a crash: tokens, keys, state. */
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
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
