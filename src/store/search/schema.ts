/**
 * search.db: derived, so that losing it costs a rebuild and nothing else. It is cut into shards of 32,768 rows, each a
 * contentless FTS5 table of its own: only separate tables bound how long one step of a query takes. A row's number says
 * nothing by itself; *spans* say which event stands there. A row that no span covers is dead and skipped.
 */
import type { Database } from "bun:sqlite";
import { existsSync, rmSync } from "node:fs";
import { open } from "../open.ts";

/** Rows of one shard; twice as many make the worst step of a query 9 ms (docs: search spike). */
export const SHARD_ROWS = 32_768;
/** Rows of one span at most, so that a growing one is cheap to write again. */
export const SPAN_ROWS = 1024;

/** Grows when the tables change; an older file is thrown away and built again. */
const VERSION = 1;

const TOKENIZER = `tokenize="unicode61 tokenchars '_'"`;

const TABLES = [
  // cursor: the last row of `changes` that is in the index, or in todo.
  `CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), archive_id TEXT NOT NULL, epoch INTEGER NOT NULL,
     emitter INTEGER NOT NULL, cursor INTEGER NOT NULL) STRICT`,
  // kind: live, backfill (both open, one each) or closed. next: rows used; dead: rows no span covers. merged: 1 = one
  // segment. stale: 1 = to be built anew, 2 = at once (words were deleted by a person). version grows with every change
  // but appending. Shards are never numbered twice: readers keep what they know by number.
  `CREATE TABLE shards (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, emitter INTEGER NOT NULL,
     next INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL DEFAULT 0, min_at INTEGER, max_at INTEGER,
     merged INTEGER NOT NULL DEFAULT 0, stale INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 0) STRICT`,
  // Rows first … first + n - 1 are the session's events at position, position + 1, …; kinds: one byte an event.
  `CREATE TABLE spans (shard INTEGER NOT NULL, first INTEGER NOT NULL, n INTEGER NOT NULL, session INTEGER NOT NULL,
     position INTEGER NOT NULL, min_at INTEGER NOT NULL, max_at INTEGER NOT NULL, kinds BLOB NOT NULL,
     PRIMARY KEY (shard, first)) WITHOUT ROWID, STRICT`,
  "CREATE INDEX spans_session ON spans (session, position)",
  // Events to be read back from the archive and indexed: what came without a packet, or must be indexed anew.
  // at: when the session last said something; what is newest is looked for first.
  `CREATE TABLE todo (session INTEGER NOT NULL, position INTEGER NOT NULL, upto INTEGER NOT NULL, at INTEGER NOT NULL,
     PRIMARY KEY (session, position)) WITHOUT ROWID, STRICT`,
  "CREATE INDEX todo_newest ON todo (at DESC, session, position)",
  `CREATE VIRTUAL TABLE titles USING fts5(t, ${TOKENIZER})`,
];

/** Which archive an index belongs to, and how far it has followed it. */
export type IndexState = {
  readonly archiveId: string;
  readonly epoch: number;
  readonly emitter: number;
  readonly cursor: number;
};

/** Opens search.db for writing. One that is damaged, or of another schema, is removed and a new one takes its place. */
export function openIndex(path: string): Database {
  const db = openCurrent(path) ?? create(path);
  // Derived: a power loss may cost the last rows, which are read again from the archive, never the file.
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA cache_size = -4000");
  return db;
}

function openCurrent(path: string): Database | null {
  if (!existsSync(path)) return null;
  let db: Database | null = null;
  try {
    db = open(path, { create: false });
    if (isCurrent(db)) return db;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  db?.close();
  removeIndex(path);
  return null;
}

/** Reads a little of every table, so that damage shows now. */
function isCurrent(db: Database): boolean {
  const { user_version } = db.query<{ user_version: number }, []>("PRAGMA user_version").get()!;
  if (user_version !== VERSION) return false;
  db.query("SELECT * FROM state").all();
  db.query("SELECT * FROM todo LIMIT 1").all();
  db.query("SELECT count(*) FROM spans").all();
  db.query("SELECT rowid FROM titles LIMIT 1").all();
  return true;
}

function create(path: string): Database {
  const db = open(path, { create: true });
  // Merging leaves a sixth of the file free: `giveBack` returns it. The VACUUM writes the mode into the new file.
  db.run("PRAGMA auto_vacuum = INCREMENTAL");
  db.run("VACUUM");
  db.transaction(() => {
    for (const table of TABLES) db.run(table);
    db.run(`PRAGMA user_version = ${VERSION}`);
  }).immediate();
  return db;
}

/** Returns up to `pages` unused pages to the file system; false when there were none. */
export function giveBack(db: Database, pages: number): boolean {
  const free = () => db.query<{ freelist_count: number }, []>("PRAGMA freelist_count").get()!.freelist_count;
  const before = free();
  if (before > 0) db.query(`PRAGMA incremental_vacuum(${pages})`).all();
  return before > 0 && free() < before;
}

/** Removes the index; with its -wal and -shm, which would spoil the next one. */
export function removeIndex(path: string): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
}

/** Takes everything out of the index, inside the caller's transaction. */
export function emptyIndex(db: Database): void {
  for (const { id } of db.query<{ id: number }, []>("SELECT id FROM shards").all())
    db.run(`DROP TABLE IF EXISTS f${id}`);
  for (const table of ["shards", "spans", "todo", "titles"]) db.run(`DELETE FROM ${table}`);
}

/** SQLite says that the file, or a table in it, is not what it should be. */
export function isDamage(error: unknown): boolean {
  return (
    error instanceof Error &&
    /malformed|not a database|corrupt|vtable constructor failed|no such (?:fts5 )?table/i.test(error.message)
  );
}

/** null for an index that belongs to no archive yet. */
export function readState(db: Database): IndexState | null {
  return db.query<IndexState, []>("SELECT archive_id AS archiveId, epoch, emitter, cursor FROM state").get();
}

export function writeState(db: Database, { archiveId, epoch, emitter, cursor }: IndexState): void {
  db.query("INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?)").run(archiveId, epoch, emitter, cursor);
}

export function writeCursor(db: Database, cursor: number): void {
  db.query("UPDATE state SET cursor = ?").run(cursor);
}

/** Creates the table of a shard. Merges are ours to time: automerge would stop a live insert for 60 ms. */
export function createShardTable(db: Database, id: number): void {
  db.run(`CREATE VIRTUAL TABLE f${id} USING fts5(t, content='', ${TOKENIZER})`);
  db.run(`INSERT INTO f${id}(f${id}, rank) VALUES ('automerge', 0)`);
  db.run(`INSERT INTO f${id}(f${id}, rank) VALUES ('crisismerge', 64)`);
}
