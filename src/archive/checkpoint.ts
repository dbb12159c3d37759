/** Keeps the WAL small. Only the writer checkpoints, between its turns; readers are short, so TRUNCATE hardly waits. */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { MIB } from "../domain/limits.ts";

/** Pages that are written again and again cost one copy each; the WAL must stay under 64 MiB. */
const PASSIVE_AT = 40 * MIB;

/** Bytes of the -wal file; 0 without one. */
export function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** Copies the WAL back once it is large (`at` bytes), and empties it if nobody reads from it. Returns its size after. */
export function checkpointWhenLarge(db: Database, path: string, at: number = PASSIVE_AT): number {
  const size = walBytes(path);
  if (size < at) return size;
  db.run("PRAGMA wal_checkpoint(PASSIVE)");
  return truncate(db, path, 20);
}

/** Empties the WAL; gives up after `waitMs` when a reader holds it. Returns its size after. */
export function truncate(db: Database, path: string, waitMs: number): number {
  db.run(`PRAGMA busy_timeout = ${waitMs}`);
  db.query("PRAGMA wal_checkpoint(TRUNCATE)").get();
  db.run("PRAGMA busy_timeout = 5000");
  return walBytes(path);
}
