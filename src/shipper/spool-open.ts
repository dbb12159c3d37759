/** Opens the spool, and puts a new one in the place of one that is damaged. */
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rescuePayloads } from "./spool-rescue.ts";
import { isDamage, Spool } from "./spool.ts";

/** Path of the spool database. */
export const spoolFile = (shipperDir: string): string => join(shipperDir, "longhouse-shipper-spool.db");

/** What was done with a damaged spool: where it stands now, the pieces saved out of it, and whether those are all. */
export type Moved = { readonly to: string; readonly saved: number; readonly all: boolean };

/**
 * Opens the spool, made 0600. One that is damaged is moved aside (`.broken-TIME`), a new one begun, and what it kept of files
 * that may be gone is brought over. `check` reads all but the payloads for that: who only asks something need not.
 */
export function openSpool(
  path: string,
  { check = false } = {},
): { readonly spool: Spool; readonly moved: Moved | null } {
  try {
    if (!existsSync(damageMark(path)))
      return { spool: check ? checked(new Spool(path)) : new Spool(path), moved: null };
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const to = `${path}.broken-${Date.now()}`;
  for (const end of ["", "-wal", "-shm"]) if (existsSync(path + end)) renameSync(path + end, to + end);
  const spool = new Spool(path);
  const saved = rescuePayloads(to, spool);
  rmSync(damageMark(path), { force: true });
  return { spool, moved: { to, ...saved } };
}

function checked(spool: Spool): Spool {
  // Not the payloads: those may be 2 GiB, and each is proven when it is read.
  const wrong = ["archives", "sources", "meta", "wakes"].find((table) => !spool.isSound(table));
  if (wrong === undefined) return spool;
  spool.close();
  throw new Error(`the spool's table ${wrong} is malformed`);
}

/** Has the spool moved aside when it is opened next: now it is in use. */
export function markDamaged(path: string): void {
  closeSync(openSync(damageMark(path), "a", 0o600));
}

const damageMark = (path: string) => `${path}.damaged`;
