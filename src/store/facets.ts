/** How many sessions there are of each provider, project, device …, for the filters' menus. */
import type { Database } from "bun:sqlite";
import { whereSessions } from "./session-filters.ts";
import type { SessionFilters, Where } from "./session-filters.ts";

/** A value of a filter, and how many sessions have it. */
export type Counted = { readonly value: string; readonly count: number };

/** Most frequent first; months newest first (`YYYY-MM`, UTC). */
export type Facets = {
  readonly providers: readonly Counted[];
  readonly projects: readonly Counted[];
  readonly devices: readonly Counted[];
  readonly branches: readonly Counted[];
  readonly tags: readonly Counted[];
  readonly months: readonly Counted[];
};

/** Values of one filter that are named at most. */
const MAX = 200;
const DAY_MS = 86_400_000;

/** A column's own filter does not count for it: the other values can still be chosen. 2 ms a column at 10,000 sessions. */
export function listFacets(db: Database, filters: SessionFilters, now: number): Facets {
  const where = (without: Partial<SessionFilters>) => whereSessions(db, { ...filters, ...without }, now);
  return {
    providers: mostFrequent(count(db, "s.provider", where({ provider: undefined }))),
    projects: mostFrequent(count(db, "s.project", where({ project: undefined }))),
    devices: mostFrequent(count(db, "s.device", where({ device_id: undefined })), deviceNames(db)),
    branches: mostFrequent(count(db, "s.git_branch", where({ branch: undefined }))),
    tags: mostFrequent(count(db, "t.value", where({ tag: undefined }), "JOIN json_each(s.tags) t")),
    months: months(count(db, `s.recent_at / ${DAY_MS}`, where({ since: undefined, until: undefined }))),
  };
}

type Key = string | number;
type Row = { readonly key: Key; readonly n: number };

/** By this index only: it has all that filters look at, and SQLite would rather read every row. */
function count(db: Database, key: string, { sql, params }: Where, join = ""): Row[] {
  return db
    .query<Row, [Where["params"]]>(
      `SELECT ${key} AS key, count(*) AS n FROM sessions s INDEXED BY sessions_recent ${join}
       WHERE ${sql} AND ${key} IS NOT NULL GROUP BY +${key}`,
    )
    .all(params);
}

function mostFrequent(rows: readonly Row[], names?: ReadonlyMap<Key, string>): Counted[] {
  const counted = rows.map(({ key, n }) => ({ value: names?.get(key) ?? String(key), count: n }));
  return counted.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, MAX);
}

function deviceNames(db: Database): Map<Key, string> {
  const rows = db.query<{ id: number; device_id: string }, []>("SELECT id, device_id FROM devices").all();
  return new Map(rows.map((row) => [row.id, row.device_id]));
}

/** From days: SQLite would write out every session's month. */
function months(days: readonly Row[]): Counted[] {
  const counts = new Map<string, number>();
  for (const { key, n } of days) {
    const day = new Date(Number(key) * DAY_MS);
    if (Number.isNaN(day.getTime())) continue;
    const month = day.toISOString().slice(0, -17);
    counts.set(month, (counts.get(month) ?? 0) + n);
  }
  const counted = [...counts].map(([value, count]) => ({ value, count }));
  return counted.sort((a, b) => (a.value < b.value ? 1 : -1)).slice(0, MAX);
}
