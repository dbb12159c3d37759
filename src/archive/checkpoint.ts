/** Keeps the WAL small. Only who writes checkpoints, between turns; readers are short, so RESTART and TRUNCATE hardly wait. */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { MIB } from "../domain/limits.ts";
import { isAtLeast } from "../store/open.ts";

/** Pages that are written again and again cost one copy each; the WAL must stay under 64 MiB. */
const PASSIVE_AT = 40 * MIB;
/** SQLite tells from here on how much of the WAL is in use (NOOP). */
const TELLING = "3.51.0";

/** Bytes of the -wal file; 0 without one. */
export function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Copies the WAL back once it holds `at` bytes, and has the next commit write at its beginning again if nobody reads from it.
 * The file keeps its room until all is quiet: bytes that lie on the disk already are synced without the file system's journal.
 * Returns its size after.
 */
export function checkpointWhenLarge(db: Database, path: string, at: number = PASSIVE_AT): number {
  const size = walBytes(path);
  if (size < at) return size;
  const tells = isAtLeast(db, TELLING);
  if (tells && usedBytes(db) < at) return size;
  db.run("PRAGMA wal_checkpoint(PASSIVE)");
  checkpoint(db, tells ? "RESTART" : "TRUNCATE", 20);
  return walBytes(path);
}

/** Empties the WAL; gives up after `waitMs` when a reader holds it. Returns its size after. */
export function truncate(db: Database, path: string, waitMs: number): number {
  checkpoint(db, "TRUNCATE", waitMs);
  return walBytes(path);
}

function checkpoint(db: Database, mode: "RESTART" | "TRUNCATE", waitMs: number) {
  db.run(`PRAGMA busy_timeout = ${waitMs}`);
  db.query(`PRAGMA wal_checkpoint(${mode})`).get();
  db.run("PRAGMA busy_timeout = 5000");
}

/** Bytes that commits have written since the WAL's beginning; 0 once all of them are copied back. */
function usedBytes(db: Database): number {
  const { log, checkpointed } = db
    .query<{ log: number; checkpointed: number }, []>("PRAGMA wal_checkpoint(NOOP)")
    .get()!;
  const { page_size } = db.query<{ page_size: number }, []>("PRAGMA page_size").get()!;
  return log > checkpointed ? log * page_size : 0;
}
