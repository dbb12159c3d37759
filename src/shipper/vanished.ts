/** Files that went before all of them was shipped: whether they only have another name now, and how long that is told. */
import { lstatSync } from "node:fs";
import type { Log } from "../lib/log.ts";
import { WELL } from "./row.ts";
import type { SourceRow, Spool } from "./spool.ts";

/** The failure that `status` shows of them. */
export const VANISHED = "vanished";

/** Told for a week: nothing can be done about it. The log has it longer. */
const TOLD_MS = 7 * 86_400_000;

/** The path at which the file of the row stands now, as a source of its own; null = at none that is known. */
export function movedTo(spool: Spool, row: SourceRow): string | null {
  return spool.sameInode(row).find((path) => isOlder(path, row)) ?? null;
}

/** An inode is given again, but never to a file that was there before the last write to the one that went. */
function isOlder(path: string, { inode, size, mtime }: SourceRow): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat || stat.ino !== inode || stat.size < size) return false;
  return stat.birthtimeMs > 0 && stat.birthtimeMs <= mtime;
}

/** Forgets those that have turned up under another name, and those that were told of long enough. */
export function reviewVanished({ spool, log }: { readonly spool: Spool; readonly log: Log }): void {
  for (const row of spool.failedWith(VANISHED)) {
    const moved = movedTo(spool, row);
    const over = Math.abs(Date.now() - (row.failedAt ?? 0)) > TOLD_MS;
    if (moved !== null) log.info("a file that was missed has another name", { path: row.path, now: moved });
    if (moved !== null || over) settleVanished(spool, row);
  }
}

/** What is known of it from now on is what the archive has. */
export function settleVanished(spool: Spool, row: SourceRow): void {
  spool.put({ ...row, ...WELL, size: row.acked });
}
