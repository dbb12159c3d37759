/**
 * Has the system read files into its cache, so that whoever asks first does not wait for the disk. A process of its own does
 * it, at the lowest priority: it takes none of our memory, and SQLite's locks on a file go when any descriptor of it is closed here.
 */
import { statSync } from "node:fs";
import { freemem } from "node:os";
import { MIB } from "../domain/limits.ts";

/** Files this small are read soon enough by themselves. */
const SMALL = 32 * MIB;
const MOST = 1024 * MIB;
/** Of the memory that is free or may be. */
const SHARE = 0.25;

export type ReadAhead = {
  /** Resolves when all is read, or it was stopped. Never rejects. */
  readonly done: Promise<void>;
  stop(): void;
};

/** Reads files one after the other: of each as much as there is room for (bytes), its end first. A missing file is none. */
export function readAhead(files: readonly string[], room = Math.min(MOST, freemem() * SHARE)): ReadAhead {
  let stopped = false;
  let child: Bun.Subprocess | null = null;
  const read = async () => {
    let left = Math.floor(room);
    for (const file of files) {
      const bytes = Math.min(left, statSync(file, { throwIfNoEntry: false })?.size ?? 0);
      if (stopped || bytes < SMALL) continue;
      left -= bytes;
      child = Bun.spawn(["nice", "-n", "19", "tail", "-c", String(bytes), file], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      await child.exited;
    }
  };
  return {
    // Without these programs the disk is read when it is needed.
    done: read().catch(() => {}),
    stop() {
      stopped = true;
      child?.kill();
    },
  };
}
