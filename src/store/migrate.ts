/** Brings a database to this binary's schema: every migration inside one transaction, so a kill leaves old or new. */
import type { Database } from "bun:sqlite";
import { Fault } from "../domain/fault.ts";
import { loadMigrations } from "./migrations.macro.ts" with { type: "macro" };

export type Migration = { readonly tag: string; readonly sql: string };

/** All migrations this binary knows. */
export const MIGRATIONS = loadMigrations() as unknown as readonly Migration[];

/** Applies what is missing. Throws Fault `internal` when the database is newer than `known`, or one was edited since. */
export function migrate(db: Database, known: readonly Migration[] = MIGRATIONS): void {
  if (applied(db).length === 0) db.run("PRAGMA page_size = 8192");
  refuseNewer(db, known);
  db.run("PRAGMA foreign_keys = OFF");
  db.transaction(() => applyMissing(db, known)).immediate();
  db.run("PRAGMA foreign_keys = ON");
}

function applyMissing(db: Database, known: readonly Migration[]) {
  db.run(
    "CREATE TABLE IF NOT EXISTS schema_migrations (tag TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
  );
  const done = new Map(applied(db).map((row) => [row.tag, row.sha256]));
  for (const { tag, sql } of known) {
    const hash = new Bun.CryptoHasher("sha256").update(sql).digest("hex");
    const before = done.get(tag);
    if (before === hash) continue;
    if (before) throw new Fault("internal", `Migration ${tag} was edited after it had been applied.`);
    for (const statement of sql.split("--> statement-breakpoint")) if (statement.trim()) db.run(statement);
    db.query("INSERT INTO schema_migrations VALUES (?, ?, ?)").run(tag, hash, Date.now());
  }
}

/** Looks only, so that a newer database's file is not touched. */
function refuseNewer(db: Database, known: readonly Migration[]) {
  const newer = applied(db).find((row) => !known.some((migration) => migration.tag === row.tag));
  if (!newer) return;
  throw new Fault(
    "internal",
    `The archive was written by a newer Longhouse (schema ${newer.tag}; this one knows ${known.at(-1)?.tag}).`,
    "Upgrade Longhouse, or point LONGHOUSE_HOME at another folder.",
  );
}

function applied(db: Database): { tag: string; sha256: string }[] {
  const table = db.query("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'").get();
  if (!table) return [];
  return db.query<{ tag: string; sha256: string }, []>("SELECT tag, sha256 FROM schema_migrations").all();
}
