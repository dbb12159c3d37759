/**
 * A lock that dies with its holder: an open IMMEDIATE transaction on an empty database. The kernel lets go of it when the
 * process ends, however it ends, so a stale lock cannot exist. Who holds it stands in a file beside it.
 */
import { Database } from "bun:sqlite";
import { closeSync, existsSync, openSync } from "node:fs";
import { codeOf, readTrimmed, writeDurably } from "../lib/files.ts";

/** Who holds a lock: process id, since when (ms UTC) and a note of the holder's, such as its URL. */
export type Holder = { readonly pid: number; readonly since: number; readonly note: string };

export type Lock = { close(): void };

export type Locking =
  | { readonly kind: "held"; readonly lock: Lock }
  /** `holder` null: held, but by whom cannot be read (it is being taken this moment). */
  | { readonly kind: "taken"; readonly holder: Holder | null };

/** Takes the lock `BASE.lock` (BASE.json names the holder), or tells who has it. Throws when the file cannot be made. */
export function takeLock(base: string, note: string): Locking {
  const db = openLock(base);
  if (!begin(db)) {
    db.close();
    return { kind: "taken", holder: readHolder(base) };
  }
  writeDurably(`${base}.json`, JSON.stringify({ pid: process.pid, since: Date.now(), note }));
  return { kind: "held", lock: { close: () => db.close() } };
}

/** Who holds the lock now; null when nobody does, or nobody knows. */
export function lockHolder(base: string): Holder | null {
  if (!existsSync(`${base}.lock`)) return null;
  const db = openLock(base);
  try {
    return begin(db) ? null : readHolder(base);
  } finally {
    db.close();
  }
}

/** The file itself must never be opened and closed but by SQLite: closing any descriptor of it drops the process's locks. */
function openLock(base: string): Database {
  const path = `${base}.lock`;
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const db = new Database(path, { create: true, readwrite: true, strict: true });
  db.run("PRAGMA busy_timeout = 200");
  // Nothing is ever written into it: no journal is wanted beside it.
  db.run("PRAGMA journal_mode = OFF");
  return db;
}

function begin(db: Database): boolean {
  try {
    db.run("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY")) return false;
    throw error;
  }
}

function readHolder(base: string): Holder | null {
  try {
    // Written by takeLock only.
    const holder = JSON.parse(readTrimmed(`${base}.json`) ?? "null") as Holder | null;
    return holder && isAlive(holder.pid) ? holder : null;
  } catch {
    return null;
  }
}

/** Whether the process runs: the file may still name the one before. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}
