/** A file system of a few MB, to be filled up. Root only. */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { atEnd, tempDir } from "./temp.ts";

export type SmallDisk = {
  readonly dir: string;
  /** Takes all room but about `left` bytes. */
  fill(left?: number): void;
  /** Gives it back. */
  free(): void;
  /** Ends it. What still uses it must have ended. */
  close(): void;
};

/** Mounts one of `size` as tmpfs writes it: `200k`, `24m`. */
export function smallDisk(size: string): SmallDisk {
  const dir = tempDir("disk");
  const { exitCode, stderr } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${size},mode=700`, "none", dir]);
  if (exitCode !== 0) throw new Error(`mount: ${stderr}`);
  const ballast = join(dir, "ballast");
  let mounted = true;
  const close = () => {
    if (mounted) Bun.spawnSync(["umount", "-l", dir]);
    mounted = false;
  };
  atEnd(close);
  return {
    dir,
    fill(left = 0) {
      const fd = openSync(ballast, "a");
      try {
        for (let block = 64 * 1024; block >= 4096;) {
          try {
            writeSync(fd, Buffer.alloc(block));
          } catch {
            block /= 2;
          }
        }
      } finally {
        closeSync(fd);
      }
      if (left > 0) Bun.spawnSync(["truncate", "-s", `-${left}`, ballast]);
    },
    free: () => rmSync(ballast, { force: true }),
    close,
  };
}
