/** Whether search.db is whole: its pages, its tables, and that its spans say of every row once where it belongs. */
import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { openForReading } from "../open.ts";
import { isDamage } from "./schema.ts";

/** `troubles` are sentences without a full stop; `events` those that it finds, `stale` shards that are still to be built anew. */
export type IndexCheck = { readonly events: number; readonly stale: number; readonly troubles: readonly string[] };

/** Troubles told at most. */
const TOLD_MAX = 5;

/** Reads the whole file (some 0.3 s for 100 MB). null when there is none. */
export function checkIndex(path: string): IndexCheck | null {
  if (!existsSync(path)) return null;
  let db: Database | null = null;
  try {
    db = openForReading(path);
    const { events, stale } = db
      .query<{ events: number; stale: number }, []>(
        `SELECT (SELECT coalesce(sum(n), 0) FROM spans) AS events,
           (SELECT count(*) FROM shards WHERE stale > 0) AS stale`,
      )
      .get()!;
    return { events, stale, troubles: [...pageTroubles(db), ...shardTroubles(db)].slice(0, TOLD_MAX) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { events: 0, stale: 0, troubles: [error.message] };
  } finally {
    db?.close();
  }
}

/** Of FTS5's tables too, by their own check. */
function pageTroubles(db: Database): string[] {
  const rows = db
    .query<{ integrity_check: string }, []>(`PRAGMA integrity_check(${TOLD_MAX})`)
    .all()
    .map((row) => row.integrity_check.replaceAll(/\s+/g, " "));
  return rows.filter((row) => row !== "ok");
}

type Sum = {
  readonly id: number;
  readonly next: number;
  readonly dead: number;
  readonly n: number;
  readonly high: number;
};

function shardTroubles(db: Database): string[] {
  const sums = db
    .query<Sum, []>(
      `SELECT s.id, s.next, s.dead, coalesce(sum(p.n), 0) AS n, coalesce(max(p.first + p.n), 0) AS high
       FROM shards s LEFT JOIN spans p ON p.shard = s.id GROUP BY s.id`,
    )
    .all();
  return sums.flatMap(({ id, next, dead, n, high }) => {
    if (!isReadable(db, id)) return [`shard ${id} can not be read`];
    if (n + dead !== next || high > next)
      return [`shard ${id} has ${next} rows, of which ${n} are placed and ${dead} dead`];
    return [];
  });
}

function isReadable(db: Database, shard: number): boolean {
  try {
    db.query(`SELECT rowid FROM f${shard} WHERE f${shard} MATCH '"a"' LIMIT 1`).all();
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
