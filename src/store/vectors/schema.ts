/**
 * vectors.db: derived, and only there while search by meaning is set up. It holds no text: a vector stands for a piece of one
 * event, and is found again by session and position. Vectors can be turned back into something like their text, so they go
 * as really as it does (secure_delete, an emptied WAL, the file when search by meaning is turned off).
 */
import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { open } from "../open.ts";
import { isDamage, removeIndex } from "../search/schema.ts";

/** Grows when the tables change, or what becomes a piece; an older file is thrown away. */
const VERSION = 1;

const TABLES = [
  // model: a digest of the server's URL and model. dims: numbers of a vector, 0 while unknown. floor: pieces of that time (ms)
  // and before are left out, there is no room for them.
  `CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), archive_id TEXT NOT NULL, epoch INTEGER NOT NULL,
     model TEXT NOT NULL, dims INTEGER NOT NULL, floor INTEGER NOT NULL) STRICT`,
  // Events at positions before upto have their vectors, as they were when the session's mark was that.
  "CREATE TABLE followed (session INTEGER PRIMARY KEY, mark INTEGER NOT NULL, upto INTEGER NOT NULL) STRICT",
  // part: the piece's number in its event. hash: of its text. at: ms, 0 unknown. start: UTF-16 units. numbers: one byte each.
  `CREATE TABLE vectors (session INTEGER NOT NULL, position INTEGER NOT NULL, part INTEGER NOT NULL, hash TEXT NOT NULL,
     at INTEGER NOT NULL, start INTEGER NOT NULL, scale REAL NOT NULL, numbers BLOB NOT NULL) STRICT`,
  "CREATE UNIQUE INDEX vectors_place ON vectors (session, position, part)",
  "CREATE INDEX vectors_at ON vectors (at)",
];

/** Whose vectors these are. */
export type VectorsOf = { readonly archiveId: string; readonly epoch: number; readonly model: string };

/** Opens vectors.db for writing; one that is damaged, of another schema, archive or model is removed, and made anew. */
export function openVectors(path: string, of: VectorsOf): Database {
  const db = openCurrent(path, of) ?? create(path, of);
  // Derived, as search.db is.
  db.run("PRAGMA synchronous = NORMAL");
  // Its one writer is in nobody's way: 8 MiB of WAL are copied back by whoever commits.
  db.run("PRAGMA wal_autocheckpoint = 1000");
  return db;
}

/** Takes the file away, if there is one. */
export function removeVectors(path: string): void {
  removeIndex(path);
}

function openCurrent(path: string, of: VectorsOf): Database | null {
  if (!existsSync(path)) return null;
  let db: Database | null = null;
  try {
    db = open(path, { create: false });
    if (isCurrent(db, of)) return db;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  db?.close();
  removeVectors(path);
  return null;
}

function isCurrent(db: Database, { archiveId, epoch, model }: VectorsOf): boolean {
  const { user_version } = db.query<{ user_version: number }, []>("PRAGMA user_version").get()!;
  if (user_version !== VERSION) return false;
  db.query("SELECT * FROM followed LIMIT 1").all();
  db.query("SELECT count(*) FROM vectors").all();
  const sql = "SELECT 1 FROM state WHERE archive_id = ? AND epoch = ? AND model = ?";
  return db.query(sql).get(archiveId, epoch, model) !== null;
}

function create(path: string, { archiveId, epoch, model }: VectorsOf): Database {
  const db = open(path, { create: true });
  db.transaction(() => {
    for (const table of TABLES) db.run(table);
    db.query("INSERT INTO state VALUES (1, ?, ?, ?, 0, 0)").run(archiveId, epoch, model);
    db.run(`PRAGMA user_version = ${VERSION}`);
  }).immediate();
  return db;
}
