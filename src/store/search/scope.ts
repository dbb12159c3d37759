/** Which events a search may give: those of the sessions that pass the filters, within a time. */
import type { Database } from "bun:sqlite";
import { whereSessions } from "../session-filters.ts";
import type { SessionFilters, Where } from "../session-filters.ts";
import type { Scope } from "./walk.ts";

/**
 * `since` and `until` are about events here, not about sessions: a long session is found by what was said in the time.
 * Filters are looked up in the archive, not in the index: a session's branch, tags and state change, its index rows do not.
 */
export function makeScope(db: Database, filters: SessionFilters, now: number): Scope {
  const { since = -Infinity, until = Infinity } = filters;
  const where = whereSessions(db, { ...filters, until: undefined }, now);
  const found = db
    .query<{ id: number }, [Where["params"]]>(`SELECT s.id FROM sessions s WHERE ${where.sql}`)
    .values(where.params) as unknown as [number][];
  const sessions = new Uint8Array(maxSession(db) + 1);
  for (const [id] of found) sessions[id] = 1;
  return { sessions, since, until, clip: makeClip(db, since, until) };
}

function maxSession(db: Database): number {
  return db.query<{ id: number | null }, []>("SELECT max(id) AS id FROM sessions").get()?.id ?? 0;
}

/** Events of a session come in the order of their times, but for a few; so the first and the last in the time are bounds. */
function makeClip(db: Database, since: number, until: number): Scope["clip"] {
  const known = new Map<string, readonly [number, number]>();
  return (session, from, to) => {
    const name = `${session}:${from}`;
    const before = known.get(name);
    if (before) return before;
    const row = db
      .query<{ low: number | null; high: number | null }, [number, number, number, number, number]>(
        `SELECT min(position) AS low, max(position) AS high FROM events
         WHERE session = ? AND position >= ? AND position < ? AND at >= ? AND at < ?`,
      )
      .get(session, from, to, Math.max(since, Number.MIN_SAFE_INTEGER), Math.min(until, Number.MAX_SAFE_INTEGER))!;
    const clipped = row.low === null || row.high === null ? ([0, 0] as const) : ([row.low, row.high + 1] as const);
    known.set(name, clipped);
    return clipped;
  };
}

/** When these sessions last said something, ms, by row number. */
export function recentOf(db: Database, sessions: readonly number[]): Map<number, number> {
  const sql =
    "SELECT id, recent_at FROM sessions WHERE id IN (SELECT value FROM json_each(?)) AND recent_at IS NOT NULL";
  return new Map(db.query<unknown, [string]>(sql).values(JSON.stringify(sessions)) as [number, number][]);
}
