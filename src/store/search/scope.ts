/** Which events a search may give: those of the sessions that pass the filters, within a time. */
import type { Database } from "bun:sqlite";
import { stateRows, taggedRows, whereSessions } from "../session-filters.ts";
import type { SessionFilters, Where } from "../session-filters.ts";
import { lastChange } from "./follow.ts";
import type { Scope } from "./walk.ts";

/** Sets of sessions kept (a byte a session); a person types with the same filters, and sets cost 0.2 µs a session to find. */
const KEPT = 32;
/** Sessions that changed since a set was found are looked at again one by one, up to so many. */
const CHANGED_MAX = 100;

/** `through`: the last row of `changes` that the set knows of. */
type Kept = { sessions: Uint8Array; through: number };

export type Scopes = { scope(filters: SessionFilters, now: number): Scope };

/**
 * `since` and `until` are about events here, not about sessions: a long session is found by what was said in the time.
 * Filters are looked up in the archive, not in the index: a session's branch, tags and state change, its index rows do not.
 */
export function makeScopes(db: Database): Scopes {
  const kept = new Map<string, Kept>();

  /** By filters of which `changes` tells when a session passes no more. */
  const steady = (filters: SessionFilters, now: number): Uint8Array => {
    const name = JSON.stringify(filters);
    const through = lastChange(db);
    const known = kept.get(name);
    const set =
      known && refresh(db, known, through, filters, now)
        ? known
        : { sessions: findSessions(db, filters, now), through };
    kept.delete(name);
    kept.set(name, set);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    return set.sessions;
  };

  /** State changes by time alone, and few have one; a set for each tag would be found anew for each. */
  const sessionsOf = ({ state, tag, ...filters }: SessionFilters, now: number): Uint8Array => {
    // A sub-agent's models are its parent's too, of which `changes` says nothing then.
    let sessions = filters.model ? findSessions(db, filters, now) : steady(filters, now);
    if (tag?.include.length) sessions = only(sessions, taggedRows(db, tag.include));
    if (tag?.exclude.length) sessions = without(sessions, taggedRows(db, tag.exclude));
    if (!state) return sessions;
    const { rows, isWanted } = stateRows(db, state, now);
    return isWanted ? only(sessions, rows) : without(sessions, rows);
  };

  return {
    scope(filters, now) {
      const { since = -Infinity, until = Infinity } = filters;
      return {
        sessions: sessionsOf({ ...filters, since: undefined, until: undefined }, now),
        since,
        until,
        clip: makeClip(db, since, until),
        lately(rows) {
          if (since === -Infinity) return rows;
          const recent = recentOf(db, rows);
          return rows.filter((row) => (recent.get(row) ?? -Infinity) >= since);
        },
      };
    },
  };
}

/** Of a set, which stays as it is, those of these rows. */
function only(set: Uint8Array, rows: readonly number[]): Uint8Array {
  const some = new Uint8Array(set.length);
  for (const row of rows) if (set[row] === 1) some[row] = 1;
  return some;
}

/** Of a set, which stays as it is, all but these rows. */
function without(set: Uint8Array, rows: readonly number[]): Uint8Array {
  const rest = set.slice();
  for (const row of rows) if (row < rest.length) rest[row] = 0;
  return rest;
}

/** The sessions that pass: 1 by row number. One text of all numbers costs half of what a row for each does. */
function findSessions(db: Database, filters: SessionFilters, now: number): Uint8Array {
  const where = whereSessions(db, filters, now);
  const row = db
    .query<unknown, [Where["params"]]>(
      `SELECT coalesce(max(s.id), 0), coalesce(group_concat(s.id), '') FROM sessions s ${INDEX(filters)} WHERE ${where.sql}`,
    )
    .values(where.params)[0] as [most: number, ids: string];
  return bits(...row);
}

/** Without it SQLite reads whole rows, which are ten times as long; but a few that are named it finds by their names. */
const INDEX = ({ ids, parent_session_id }: SessionFilters) =>
  ids || parent_session_id !== undefined ? "" : "INDEXED BY sessions_recent";

const COMMA = 44;
const ZERO = 48;

function bits(most: number, ids: string): Uint8Array {
  const set = new Uint8Array(most + 1);
  let id = 0;
  for (let i = 0; i < ids.length; i++) {
    const code = ids.charCodeAt(i);
    if (code !== COMMA) id = id * 10 + code - ZERO;
    else {
      set[id] = 1;
      id = 0;
    }
  }
  if (ids !== "") set[id] = 1;
  return set;
}

/** Row numbers of those among a few that pass. */
function findAmong(db: Database, filters: SessionFilters, now: number, among: readonly number[]): number[] {
  const { sql, params } = whereSessions(db, filters, now);
  const some = "s.id IN (SELECT value FROM json_each($among))";
  const rows = db
    .query<unknown, [Where["params"]]>(`SELECT s.id FROM sessions s WHERE ${sql} AND ${some}`)
    .values({ ...params, among: JSON.stringify(among) });
  return (rows as [number][]).map(([id]) => id);
}

/** Brings a set up to date by what `changes` names; false when that is too much, or not all there. */
function refresh(db: Database, set: Kept, through: number, filters: SessionFilters, now: number): boolean {
  const missed = through - set.through;
  if (missed === 0) return true;
  if (missed < 0 || missed > CHANGED_MAX * 10) return false;
  const sql = "SELECT session FROM changes WHERE id > ? AND id <= ?";
  const rows = db.query<unknown, [number, number]>(sql).values(set.through, through) as [number][];
  const changed = [...new Set(rows.map(([session]) => session))];
  if (rows.length !== missed || changed.length > CHANGED_MAX) return false;
  const last = Math.max(...changed);
  if (last >= set.sessions.length) {
    const wider = new Uint8Array(last + 256);
    wider.set(set.sessions);
    set.sessions = wider;
  }
  for (const session of changed) set.sessions[session] = 0;
  for (const session of findAmong(db, filters, now, changed)) set.sessions[session] = 1;
  set.through = through;
  return true;
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

/** Row numbers of the sessions that pass, the one that last said something first. */
export function newestOf(db: Database, filters: SessionFilters, now: number, limit: number): number[] {
  const { sql, params } = whereSessions(db, filters, now);
  const rows = db
    .query<unknown, [Where["params"]]>(`SELECT s.id FROM sessions s WHERE ${sql} ORDER BY s.recent_at DESC LIMIT $most`)
    .values({ ...params, most: limit });
  return (rows as [number][]).map(([id]) => id);
}

/** When these sessions last said something, ms, by row number. */
export function recentOf(db: Database, sessions: readonly number[]): Map<number, number> {
  if (sessions.length === 0) return new Map();
  const sql =
    "SELECT id, recent_at FROM sessions WHERE id IN (SELECT value FROM json_each(?)) AND recent_at IS NOT NULL";
  return new Map(db.query<unknown, [string]>(sql).values(JSON.stringify(sessions)) as [number, number][]);
}
