/** The timeline: sessions newest first, and how many there are of each kind. */
import type { Database } from "bun:sqlite";
import type { Session } from "../domain/session.ts";
import { readPresence } from "./presence.ts";
import { sessionRow, toSession } from "./session-rows.ts";
import { whereSessions } from "./session-filters.ts";
import type { SessionFilters, Where } from "./session-filters.ts";

/** Where a page ended: its last session's time (ms) and row number. */
export type RecentCursor = { readonly at: number; readonly row: number };

export type RecentPage = {
  readonly filters: SessionFilters;
  readonly limit: number;
  readonly after: RecentCursor | null;
};

/** Sessions by their last event, newest first; `next` null at the end. */
export function listRecent(
  db: Database,
  { filters, limit, after }: RecentPage,
  now: number,
): { sessions: Session[]; next: RecentCursor | null } {
  const where = whereSessions(db, filters, now);
  const from = after ? "(s.recent_at, s.id) < ($at, $row) AND " : "";
  // One more than asked for tells whether there is a next page.
  const sql = `SELECT s.id, s.recent_at AS at FROM sessions s WHERE ${from}${where.sql}
    ORDER BY s.recent_at DESC, s.id DESC LIMIT $limit`;
  const found = db
    .query<{ id: number; at: number }, [Where["params"]]>(sql)
    .all({ ...where.params, ...after, limit: limit + 1 });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const presence = readPresence(db, now);
  const sessions = rows.flatMap(({ id }) => {
    const row = sessionRow(db, id);
    return row ? [toSession(row, presence, now)] : [];
  });
  return { sessions, next: last && found.length > limit ? { at: last.at, row: last.id } : null };
}

/** The cursor as text. */
export function formatCursor({ at, row }: RecentCursor): string {
  return `${at.toString(36)}_${row.toString(36)}`;
}

/** null when the text is no cursor. */
export function parseCursor(text: string): RecentCursor | null {
  const [, at, row] = /^(-?[0-9a-z]{1,11})_([0-9a-z]{1,10})$/.exec(text) ?? [];
  return at && row ? { at: parseInt(at, 36), row: parseInt(row, 36) } : null;
}

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

/** Values of one filter that are counted at most. */
const FACET_MAX = 200;

/** A column's own filter does not count for it: the other values can still be chosen. */
export function listFacets(db: Database, filters: SessionFilters, now: number): Facets {
  const count = (of: Facet, without: Partial<SessionFilters>) => {
    const where = whereSessions(db, { ...filters, ...without }, now);
    const sql = `SELECT ${of.value} AS value, count(*) AS count FROM ${of.from} WHERE ${where.sql} AND ${of.value} IS NOT NULL
      GROUP BY ${of.group} ORDER BY ${of.order} LIMIT ${FACET_MAX}`;
    return db.query<Counted, [Where["params"]]>(sql).all(where.params);
  };
  return {
    providers: count(FACETS.provider, { provider: undefined }),
    projects: count(FACETS.project, { project: undefined }),
    devices: count(FACETS.device, { device_id: undefined }),
    branches: count(FACETS.branch, { branch: undefined }),
    tags: count(FACETS.tag, { tag: undefined }),
    months: count(FACETS.month, { since: undefined, until: undefined }),
  };
}

type Facet = { readonly value: string; readonly from: string; readonly group: string; readonly order: string };

/** The `+` keeps SQLite from walking an index that is in the group's order but has none of the filters. */
const column = (name: string): Facet => ({
  value: name,
  from: "sessions s",
  group: `+${name}`,
  order: "count DESC, 1",
});

const FACETS = {
  provider: column("s.provider"),
  project: column("s.project"),
  branch: column("s.git_branch"),
  device: {
    ...column("s.device"),
    value: "(SELECT device_id FROM devices d WHERE d.id = s.device)",
  },
  tag: {
    value: "t.value",
    from: "sessions s JOIN json_each(s.tags) t",
    group: "t.value",
    order: "count DESC, 1",
  },
  month: {
    value: "strftime('%Y-%m', s.recent_at / 1000, 'unixepoch')",
    from: "sessions s",
    group: "1",
    order: "1 DESC",
  },
} as const satisfies Record<string, Facet>;
