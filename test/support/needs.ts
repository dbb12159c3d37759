/** Tests that need something of the machine: where it is missing they are skipped, and their name says why. */
import { test } from "bun:test";
import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Real session files; null when LONGHOUSE_CORPUS names none. */
export const CORPUS =
  process.env.LONGHOUSE_CORPUS && existsSync(process.env.LONGHOUSE_CORPUS) ? process.env.LONGHOUSE_CORPUS : null;

export const IS_ROOT = process.getuid?.() === 0;
export const HAS_STRACE = Bun.which("strace") !== null && traces();

/** `test` when `there`, else a skipped one that names `what`. */
export function needing(there: boolean, what: string) {
  return (name: string, act: () => void | Promise<void>, ms?: number) =>
    there ? test(name, act, ms) : test.skip(`${name} (skipped: ${what})`, act, ms);
}

/** A container may have strace and still not be allowed to trace. */
function traces(): boolean {
  return Bun.spawnSync(["strace", "-D", "-f", "-o", "/dev/null", "true"], { stderr: "ignore" }).exitCode === 0;
}

/** Mounting a file system of a few MB needs leave that containers rarely give. */
export const CAN_MOUNT = IS_ROOT && mounts();

function mounts(): boolean {
  const dir = mkdtempSync(join(tmpdir(), "mount-"));
  const can =
    Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=64k", "none", dir], { stderr: "ignore" }).exitCode === 0;
  if (can) Bun.spawnSync(["umount", dir]);
  rmdirSync(dir);
  return can;
}
