/** Files that were written to lately, held open: what a deleted file ended with can still be read through its descriptor. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import type { Found } from "./scan.ts";

/** The most recent ones; the limit on descriptors of a process is 256 on some systems. */
const HELD_MAX = 64;

/** An open file; who gets one closes it. */
export type HeldFile = { readonly found: Found; readonly fd: number };

/** Files by path; the one that was held longest without a hint is let go first. */
export class Held {
  readonly #files = new Map<string, HeldFile>();

  /** Holds the file that stands at the path now. Gives the one that stood there before, when it was another. */
  hold(found: Found): HeldFile | null {
    const before = this.#files.get(found.path) ?? null;
    this.#files.delete(found.path);
    if (before && before.found.inode === found.inode) return this.#keep({ ...before, found });
    const now = open(found);
    // What was found is older than what is held: numbers of inodes are given again, only the open file's own one counts.
    if (before && now?.found.inode === before.found.inode)
      return (closeSync(now.fd), this.#keep({ ...before, found: now.found }));
    if (now) this.#files.set(found.path, now);
    this.#trim();
    return before;
  }

  #keep(file: HeldFile): null {
    this.#files.set(file.found.path, file);
    return null;
  }

  /** Gives the file that stood at the path when it is not the one with this inode. */
  releaseOther(path: string, inode: number): HeldFile | null {
    const held = this.#files.get(path);
    return held && held.found.inode !== inode ? this.release(path) : null;
  }

  /** Gives the file that stood at the path. */
  release(path: string): HeldFile | null {
    const held = this.#files.get(path) ?? null;
    this.#files.delete(path);
    return held;
  }

  /** Gives those that stood below the folder, which is gone. */
  releaseBelow(dir: string): readonly HeldFile[] {
    const below = [...this.#files.keys()].filter((path) => path.startsWith(`${dir}/`));
    return below.flatMap((path) => this.release(path) ?? []);
  }

  /** The files as they were when they were last held. */
  all(): readonly Found[] {
    return [...this.#files.values()].map(({ found }) => found);
  }

  close(): void {
    for (const { fd } of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }

  #trim() {
    for (const [path, { fd }] of this.#files) {
      if (this.#files.size <= HELD_MAX) return;
      this.#files.delete(path);
      closeSync(fd);
    }
  }
}

/** The file as it stands there now. Null when it cannot be opened (any more), or is no regular file. */
function open(found: Found): HeldFile | null {
  try {
    // NONBLOCK: a pipe put in the file's place must not hang us.
    const fd = openSync(found.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (stat.isFile()) return { found: { ...found, inode: stat.ino }, fd };
    closeSync(fd);
    return null;
  } catch {
    return null;
  }
}
