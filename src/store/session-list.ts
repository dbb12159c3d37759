/** The timeline: sessions, newest first. */
import type { Database } from "bun:sqlite";
import type { Session } from "../domain/session.ts";
import { readPresence } from "./presence.ts";
import { snapshot } from "./snapshot.ts";
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

export type RecentList = { readonly sessions: readonly Session[]; readonly next: RecentCursor | null };

/** Sessions by their last event, newest first; `next` null at the end. */
export function listRecent(db: Database, page: RecentPage, now: number): RecentList {
  return snapshot(db, () => readList(db, page, now));
}

function readList(db: Database, { filters, limit, after }: RecentPage, now: number): RecentList {
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
