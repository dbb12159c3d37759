/** Memory: a row a version, so that every change can be looked at and undone. Times are milliseconds UTC. */
import type { Database } from "bun:sqlite";
import { Fault } from "../domain/fault.ts";
import { MIB } from "../domain/limits.ts";
import { type Memory, MEMORY_VALUE_MAX, type MemoryVersion } from "../domain/memory.ts";
import type { Effects } from "./write.ts";

/** More than these are refused: memory is for notes, not for data. Versions: older ones of a key go. */
const KEYS_MAX = 10_000;
const BYTES_MAX = 64 * MIB;
const VERSIONS_MAX = 50;

type Row = {
  readonly key: string;
  readonly version: number;
  readonly value: string | null;
  readonly project: string | null;
  readonly by: string;
  readonly at: number;
};

/** The last version of each key; deleted ones among them. */
const NEWEST = `SELECT * FROM memory_versions AS m
  WHERE version = (SELECT max(version) FROM memory_versions WHERE key = m.key)`;

/** What is kept under a key; null when nothing is. */
export function readMemory(db: Database, key: string): Memory | null {
  const row = newest(db, key);
  return row?.value === undefined || row.value === null ? null : shown({ ...row, value: row.value });
}

export type MemoryFilter = {
  readonly query?: string;
  readonly prefix?: string;
  readonly limit: number;
  readonly after?: string;
};

/** Keys in their order, after `after`; `query`: all its words stand in key or value, whatever their case. */
export function listMemory(db: Database, { query = "", prefix = "", limit, after = "" }: MemoryFilter): Memory[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: Memory[] = [];
  const rows = db.query<Row & { value: string }, [string, string]>(
    `${NEWEST} AND value IS NOT NULL AND key > ? AND substr(key, 1, length(?2)) = ?2 ORDER BY key`,
  );
  for (const row of rows.iterate(after, prefix)) {
    const text = `${row.key}\n${row.value}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    found.push(shown(row));
    if (found.length === limit) break;
  }
  return found;
}

/** Every version that is kept of a key, newest first; empty when there was never one. */
export function memoryHistory(db: Database, key: string): MemoryVersion[] {
  return db
    .query<Row, [string]>("SELECT * FROM memory_versions WHERE key = ? ORDER BY version DESC")
    .all(key)
    .map(({ version, value, by, at }) => ({ version, value, by, at: new Date(at).toISOString() }));
}

export type MemoryWrite = {
  readonly key: string;
  readonly value: string;
  readonly mode: "replace" | "append";
  /** Absent: as it was. */
  readonly project?: string | null;
  readonly by: string;
  /** The version that it must have now; 0 = none yet. */
  readonly expected?: number;
};

/** Command: keeps a value. Throws Fault `stale`, or `too_large` for a value or a memory that would grow past its bounds. */
export function writeMemory(db: Database, wish: MemoryWrite, { now }: Effects): Memory {
  const before = newest(db, wish.key);
  refuseStale(before, wish.expected);
  const old = before?.value ?? "";
  const value = wish.mode === "append" && old !== "" ? `${old}\n${wish.value}` : wish.value;
  const project = wish.project === undefined ? (before?.project ?? null) : wish.project;
  if (before?.value === value && before.project === project) return shown({ ...before, value });
  refuseLarge(db, value, before);
  const row = { key: wish.key, value, project, by: wish.by, version: (before?.version ?? 0) + 1, at: now };
  insert(db, row);
  return shown(row);
}

/** Command: deletes a key; its history stays. False when nothing is kept under it. */
export function deleteMemory(
  db: Database,
  { key, by, expected }: { readonly key: string; readonly by: string; readonly expected?: number },
  { now }: Effects,
): boolean {
  const before = newest(db, key);
  if (!before || before.value === null) return false;
  refuseStale(before, expected);
  insert(db, { ...before, value: null, by, version: before.version + 1, at: now });
  return true;
}

/** Command: brings back what a key held before its last change, or in version `to`. null when there is no such version. */
export function undoMemory(
  db: Database,
  { key, by, to }: { readonly key: string; readonly by: string; readonly to?: number },
  { now }: Effects,
): Memory | "deleted" | null {
  const last = newest(db, key);
  const wanted = last && (to ?? last.version - 1);
  if (!last || wanted === null) return null;
  const found = db
    .query<Row, [string, number]>("SELECT * FROM memory_versions WHERE key = ? AND version = ?")
    .get(key, wanted);
  // Before the first version there was nothing: undoing that deletes.
  if (!found && wanted !== 0) return null;
  const value = found?.value ?? null;
  const row = { key, value, project: found?.project ?? last.project, by, version: last.version + 1, at: now };
  insert(db, row);
  return value === null ? "deleted" : shown({ ...row, value });
}

function newest(db: Database, key: string): Row | null {
  return db.query<Row, [string]>("SELECT * FROM memory_versions WHERE key = ? ORDER BY version DESC LIMIT 1").get(key);
}

function insert(db: Database, { key, version, value, project, by, at }: Row) {
  db.query("INSERT INTO memory_versions VALUES (?, ?, ?, ?, ?, ?)").run(key, version, value, project, by, at);
  db.query("DELETE FROM memory_versions WHERE key = ? AND version <= ?").run(key, version - VERSIONS_MAX);
}

function refuseStale(before: Row | null, expected: number | undefined) {
  const version = before?.value === null ? 0 : (before?.version ?? 0);
  if (expected === undefined || expected === version || expected === before?.version) return;
  throw new Fault("stale", "It was changed by somebody else meanwhile.", "Read it again, then write.");
}

function refuseLarge(db: Database, value: string, before: Row | null) {
  if (Buffer.byteLength(value) > MEMORY_VALUE_MAX)
    throw new Fault("too_large", "A memory holds at most 64 KiB.", "Write less, or use a second key.", {
      limit: MEMORY_VALUE_MAX,
    });
  const { keys, bytes } = db
    .query<{ keys: number; bytes: number }, []>(
      "SELECT count(DISTINCT key) AS keys, coalesce(sum(length(CAST(value AS BLOB))), 0) AS bytes FROM memory_versions",
    )
    .get()!;
  if ((keys >= KEYS_MAX && !before) || bytes + value.length > BYTES_MAX)
    throw new Fault("too_large", "The memory is full.", "Delete keys that are not used any more.", {
      limit: BYTES_MAX,
    });
}

function shown({ key, value, project, version, by, at }: Row & { readonly value: string }): Memory {
  return { key, value, project, version, by, updated_at: new Date(at).toISOString() };
}
