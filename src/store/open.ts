/** Opens the SQLite files. Every connection has the same pragmas; only the writer worker may open one for writing. */
import { Database } from "bun:sqlite";
import { chmodSync, closeSync, existsSync, openSync } from "node:fs";
import { Fault } from "../domain/fault.ts";
import { migrate } from "./migrate.ts";
import { isDamage, isFull } from "./sqlite-fault.ts";

/** secure-delete of FTS5 needs 3.42. */
const OLDEST = "3.42.0";

// db.query keeps 20 statements a connection; a page of a session and a slice of deriving each use more than that.
Database.MAX_QUERY_CACHE_SIZE = 200;

/** Opens `longhouse.db` for writing: creates it 0600, migrates it, gives it its archive id. Cache in KiB. */
export function openForWriting(path: string, cacheKib = 2000): Database {
  const db = open(path, { create: true });
  migrate(db);
  db.run(`PRAGMA cache_size = -${cacheKib}`);
  db.query("INSERT OR IGNORE INTO archive (id, archive_id, epoch, created_at) VALUES (1, ?, 1, ?)").run(
    crypto.randomUUID(),
    Date.now(),
  );
  return db;
}

/** Opens a database for writing without migrating it; for search.db, whose tables its own code makes. */
export function open(path: string, { create }: { create: boolean }): Database {
  if (create && !existsSync(path)) closeSync(openSync(path, "a", 0o600));
  return withFault(path, () => {
    const db = new Database(path, { create, readwrite: true, strict: true });
    refuseOld(db);
    db.run("PRAGMA busy_timeout = 5000");
    if (db.query<{ page_count: number }, []>("PRAGMA page_count").get()!.page_count === 0)
      db.run("PRAGMA page_size = 8192");
    db.run("PRAGMA journal_mode = WAL");
    for (const pragma of ["synchronous = FULL", "fullfsync = ON", "foreign_keys = ON", "secure_delete = ON"])
      db.run(`PRAGMA ${pragma}`);
    db.run("PRAGMA mmap_size = 0");
    db.run("PRAGMA wal_autocheckpoint = 0");
    chmodSync(path, 0o600);
    return db;
  });
}

/** Opens a database that another connection has made, for reading only. Cache in KiB. */
export function openForReading(path: string, cacheKib = 2000): Database {
  return withFault(path, () => {
    const db = new Database(path, { readonly: true, strict: true });
    db.run("PRAGMA busy_timeout = 5000");
    db.run("PRAGMA query_only = 1");
    db.run("PRAGMA mmap_size = 0");
    db.run(`PRAGMA cache_size = -${cacheKib}`);
    return db;
  });
}

/** Whether the SQLite in use is of that version ("3.51.0") or newer. */
export function isAtLeast(db: Database, version: string): boolean {
  return Bun.semver.order(sqliteVersion(db), version) >= 0;
}

function sqliteVersion(db: Database): string {
  return db.query<{ version: string }, []>("SELECT sqlite_version() AS version").get()!.version;
}

function refuseOld(db: Database) {
  if (isAtLeast(db, OLDEST)) return;
  throw new Fault(
    "internal",
    `SQLite ${sqliteVersion(db)} is too old; ${OLDEST} is needed.`,
    "On macOS: brew install sqlite",
  );
}

/** Turns SQLite's words about a file into what happened and what to do. */
function withFault(path: string, act: () => Database): Database {
  try {
    return act();
  } catch (error) {
    if (error instanceof Fault) throw error;
    const message = error instanceof Error ? error.message : String(error);
    if (isFull(message))
      throw new Fault("disk_full", `No room is left for ${path}.`, "Free some space and start again; nothing is lost.");
    const damaged = isDamage(message);
    throw new Fault(
      "internal",
      damaged ? `${path} is damaged: ${message}.` : `Cannot open ${path}: ${message}.`,
      damaged
        ? "Nothing was changed. Move the file aside (keep it), or restore a backup."
        : "Check that the folder exists and is yours.",
    );
  }
}
