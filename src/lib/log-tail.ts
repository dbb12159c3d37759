/** The end of a log that begins anew each day (`NAME.log`, before it `NAME-2026-11-20.log`), and what is added to it. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf } from "./files.ts";

/** The last `count` lines that `wanted` takes, oldest first, from as many days as that needs. */
export function lastLines(path: string, count: number, wanted: (line: string) => boolean): readonly string[] {
  let lines: string[] = [];
  for (const day of [path, ...daysBefore(path)]) {
    if (lines.length >= count) break;
    lines = [...linesIn(day).filter(wanted), ...lines];
  }
  return count === 0 ? [] : lines.slice(-count);
}

/** The days before, newest first. */
function daysBefore(path: string): string[] {
  const stem = basename(path, ".log");
  try {
    const names = readdirSync(dirname(path)).filter((name) => name.startsWith(`${stem}-`));
    const days = names.filter((name) => /^-\d{4}-\d\d-\d\d\.log$/.test(name.slice(stem.length)));
    return days.sort((a, b) => b.localeCompare(a)).map((name) => join(dirname(path), name));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return [];
    throw error;
  }
}

function linesIn(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return [];
    throw error;
  }
}

const PIECE = 64 * 1024;

/** Follows a log from its end on: over a rotation, a truncation, and from before it is there. */
export class LogTail {
  #fd = -1;
  #inode = -1;
  #offset = 0;
  #rest = "";
  #decoder = new TextDecoder();

  constructor(readonly path: string) {
    if (this.#open()) this.#offset = fstatSync(this.#fd).size;
  }

  /** Whole lines that came since it was last asked. */
  next(): readonly string[] {
    const lines = this.#read();
    if (!this.#isCurrent()) {
      // What was put aside may have got its last lines after we read it.
      lines.push(...this.#read());
      if (this.#rest) lines.push(this.#rest);
      this.close();
      if (this.#open()) lines.push(...this.#read());
    }
    return lines.filter(Boolean);
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    [this.#fd, this.#inode, this.#offset, this.#rest] = [-1, -1, 0, ""];
    this.#decoder = new TextDecoder();
  }

  #isCurrent(): boolean {
    return this.#fd >= 0 && statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode;
  }

  #open(): boolean {
    try {
      this.#fd = openSync(this.path, "r");
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return false;
      throw error;
    }
    this.#inode = fstatSync(this.#fd).ino;
    return true;
  }

  #read(): string[] {
    if (this.#fd < 0) return [];
    if (fstatSync(this.#fd).size < this.#offset) this.#offset = 0;
    const piece = new Uint8Array(PIECE);
    for (let n = 1; n > 0;) {
      n = readSync(this.#fd, piece, 0, PIECE, this.#offset);
      this.#offset += n;
      this.#rest += this.#decoder.decode(piece.subarray(0, n), { stream: true });
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop()!;
    return lines;
  }
}
