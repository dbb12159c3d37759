/**
 * Reads conversations out of databases that belong to somebody else. Opened read-only, with their WAL, for a moment;
 * every statement is a transaction of its own, so that a writer in any journal mode waits for at most one of ours, and we
 * wait for none. Nothing is read but what the provider's statements name.
 */
import { Database } from "bun:sqlite";
import { lstatSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Conversation, DatabaseKinds, DatabaseReader, DatabaseRow, DatabaseStore } from "../domain/database.ts";
import { MIB } from "../domain/limits.ts";
import { codeOf } from "../lib/files.ts";

/** A writer that holds everything locked is given so long, ms; then we come another time. */
const BUSY_MS = 50;
const BESIDE_MAX = MIB;

/** `busy`: locked this moment, try again. `other`: not a database that can be read, and why. */
export type Opened<T> =
  | { readonly kind: "read"; readonly value: T }
  | { readonly kind: "busy" }
  | { readonly kind: "gone" }
  | { readonly kind: "other"; readonly reason: string };

/** Opens the database, lets `use` read in it and closes it. Never throws for what the file or its lock answers. */
export function withDatabase<T>(path: string, use: (db: Database) => T): Opened<T> {
  let db: Database | null = null;
  try {
    if (!lstatSync(path).isFile()) return { kind: "other", reason: "it is no regular file" };
    db = new Database(path, { readonly: true, strict: true });
    db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    db.run("PRAGMA query_only = ON");
    // A page read through a map of a file that is cut would kill us.
    db.run("PRAGMA mmap_size = 0");
    db.run("PRAGMA cache_size = -2000");
    return { kind: "read", value: use(db) };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "gone" };
    if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return { kind: "busy" };
    return { kind: "other", reason: reasonOf(error) };
  } finally {
    db?.close();
  }
}

/** The stores that the database is one of, and a reader for each. Throws what SQLite throws. */
export function storesIn(db: Database, path: string, kinds: DatabaseKinds) {
  return kinds.filter((store) => hasTables(db, store)).map((store) => ({ store, read: readerOf(db, path, store) }));
}

/** Conversations of a database, each with the store that has it best. */
export function conversationsIn(db: Database, path: string, kinds: DatabaseKinds): readonly Conversation[] | null {
  const stores = storesIn(db, path, kinds);
  if (stores.length === 0) return null;
  const found = new Map<string, Conversation>();
  for (const { store, read } of stores)
    for (const conversation of store.conversations(read))
      if (!found.has(conversation.id)) found.set(conversation.id, conversation);
  return [...found.values()];
}

/** `DB#id` in its halves. An id holds no `#`. */
export function splitPath(path: string): { readonly database: string; readonly id: string } {
  const at = path.lastIndexOf("#");
  return { database: path.slice(0, at), id: path.slice(at + 1) };
}

/** The database that a file beside it belongs to; a database's own path is given back. */
export function mainFileOf(path: string): string {
  return path.replace(/-(?:wal|shm|journal)$/, "");
}

function readerOf(db: Database, path: string, { statements, beside }: DatabaseStore): DatabaseReader {
  return {
    rows(name, ...values) {
      const sql = statements[name];
      if (sql === undefined) throw new Error(`no statement ${name}`);
      return db.query<DatabaseRow, string[]>(sql).all(...values);
    },
    beside: (name) => (beside.includes(name) ? textOf(join(dirname(path), name)) : null),
  };
}

function hasTables(db: Database, { tables }: DatabaseStore): boolean {
  const columnsOf = db.query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)");
  return Object.entries(tables).every(([table, wanted]) => {
    const columns = columnsOf.all(table).map(({ name }) => name);
    return wanted.every((column) => columns.includes(column));
  });
}

function textOf(path: string): string | null {
  try {
    const stat = lstatSync(path);
    return stat.isFile() && stat.size <= BESIDE_MAX ? readFileSync(path, "utf8") : null;
  } catch {
    return null;
  }
}

/** In few words, and none of the database's. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (/NOTADB|CORRUPT/.test(code)) return `the database is damaged, or none (${code})`;
  return code || (error instanceof Error ? error.message : String(error));
}
