/** Shards as the indexer keeps them: opened, filled, closed, merged to one segment, and dropped when nothing lives in them. */
import type { Database } from "bun:sqlite";
import { createShardTable } from "./schema.ts";

/** `live` takes what happens now, `backfill` what happened long ago: rows of one shard belong to one time. */
export type OpenKind = "live" | "backfill";

export type Shard = {
  readonly id: number;
  readonly kind: OpenKind | "closed";
  readonly emitter: number;
  /** Rows used. */
  readonly next: number;
  readonly dead: number;
  /** Milliseconds UTC; null while no event had a time. */
  readonly min_at: number | null;
  readonly max_at: number | null;
  readonly merged: number;
  readonly stale: number;
  readonly version: number;
};

/** Pages a merge writes in one step: p50 1 ms, at most 3.5. */
const MERGE_PAGES = 16;
/** A shard of which this part is dead is built anew. */
const DEAD_PART = 0.1;

const COLUMNS = "id, kind, emitter, next, dead, min_at, max_at, merged, stale, version";

/** All shards, the one with the newest event first. */
export function listShards(db: Database): Shard[] {
  return db.query<Shard, []>(`SELECT ${COLUMNS} FROM shards ORDER BY coalesce(max_at, 0) DESC, id DESC`).all();
}

export function findShard(db: Database, id: number): Shard | null {
  return db.query<Shard, [number]>(`SELECT ${COLUMNS} FROM shards WHERE id = ?`).get(id);
}

/** The shard of that kind that takes rows; null when there is none. A stale one takes no more. */
export function openShard(db: Database, kind: OpenKind): Shard | null {
  return db.query<Shard, [string]>(`SELECT ${COLUMNS} FROM shards WHERE kind = ? AND stale = 0`).get(kind);
}

/** A shard that is made closed is filled by whoever made it, and by nobody else. */
export function createShard(db: Database, kind: Shard["kind"], emitter: number): Shard {
  const { lastInsertRowid } = db.query("INSERT INTO shards (kind, emitter) VALUES (?, ?)").run(kind, emitter);
  createShardTable(db, Number(lastInsertRowid));
  return findShard(db, Number(lastInsertRowid))!;
}

/** Writes how far an open shard is filled. */
export function saveShard(db: Database, shard: Pick<Shard, "id" | "next" | "min_at" | "max_at">): void {
  db.query("UPDATE shards SET next = ?, min_at = ?, max_at = ?, merged = 0 WHERE id = ?").run(
    shard.next,
    shard.min_at,
    shard.max_at,
    shard.id,
  );
}

export function closeShard(db: Database, id: number): void {
  db.query("UPDATE shards SET kind = 'closed', merged = 0 WHERE id = ?").run(id);
}

/** Marks a shard to be built anew (2: at once); it takes no more rows. */
export function markStale(db: Database, id: number, how: 1 | 2): void {
  db.query("UPDATE shards SET version = version + 1, stale = max(stale, ?) WHERE id = ?").run(how, id);
}

export function markAllStale(db: Database): void {
  db.query("UPDATE shards SET version = version + 1, stale = max(stale, 1)").run();
}

/** The next shard to build anew: what a person deleted first, then what is stale, then what is dead for a tenth. */
export function nextToRebuild(db: Database): Shard | null {
  return db
    .query<Shard, [number]>(
      `SELECT ${COLUMNS} FROM shards WHERE stale > 0 OR (kind = 'closed' AND dead > next * ?1)
       ORDER BY stale DESC, coalesce(max_at, 0) DESC LIMIT 1`,
    )
    .get(DEAD_PART);
}

/** Whether a shard holds words of events that were replaced. */
export function hasDead(db: Database): boolean {
  return db.query("SELECT 1 FROM shards WHERE stale = 0 AND dead > 0 LIMIT 1").get() !== null;
}

/** Marks such shards to be built anew. */
export function markDead(db: Database): void {
  db.query("UPDATE shards SET version = version + 1, stale = 1 WHERE stale = 0 AND dead > 0").run();
}

/** Takes the table away; with secure_delete its pages are overwritten. */
export function dropShard(db: Database, id: number): void {
  db.query("DELETE FROM spans WHERE shard = ?").run(id);
  db.query("DELETE FROM shards WHERE id = ?").run(id);
  db.run(`DROP TABLE IF EXISTS f${id}`);
}

/** The next closed shard that is not one segment yet. */
export function nextToMerge(db: Database): Shard | null {
  return db
    .query<Shard, []>(
      `SELECT ${COLUMNS} FROM shards WHERE kind = 'closed' AND merged = 0 AND stale = 0 ORDER BY max_at DESC LIMIT 1`,
    )
    .get();
}

/** Begins to merge a whole table: all its segments become one level. Then `mergeStep` until it says false. */
export function beginMerge(db: Database, table: string): void {
  db.query(`INSERT INTO ${table}(${table}, rank) VALUES ('merge', -${MERGE_PAGES})`).run();
}

/** One step of merging a table (`f1`, `titles`); false when there was nothing to do. */
export function mergeStep(db: Database, table: string): boolean {
  const before = totalChanges(db);
  db.query(`INSERT INTO ${table}(${table}, rank) VALUES ('merge', ${MERGE_PAGES})`).run();
  return totalChanges(db) - before >= 2;
}

export function markMerged(db: Database, id: number): void {
  db.query("UPDATE shards SET merged = 1 WHERE id = ?").run(id);
}

function totalChanges(db: Database) {
  return db.query<{ n: number }, []>("SELECT total_changes() AS n").get()!.n;
}
