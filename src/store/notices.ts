/** What agents tell the person, newest first; the oldest go. Times are milliseconds UTC. */
import type { Database } from "bun:sqlite";
import type { Notice, NoticeLevel } from "../domain/memory.ts";
import type { Effects } from "./write.ts";

const NOTICES_MAX = 1000;

type Row = Omit<Notice, "at" | "read"> & { readonly at: number; readonly read_at: number | null };

/** The newest, at most `limit`. */
export function listNotices(db: Database, limit: number): Notice[] {
  return db.query<Row, [number]>("SELECT * FROM notices ORDER BY id DESC LIMIT ?").all(limit).map(shown);
}

export type NewNotice = Pick<Notice, "message" | "session_id" | "by"> & { readonly level: NoticeLevel };

/** Command: keeps one. */
export function addNotice(db: Database, { message, level, session_id, by }: NewNotice, { now }: Effects): Notice {
  const { lastInsertRowid: id } = db
    .query("INSERT INTO notices (message, level, session_id, by, at) VALUES (?, ?, ?, ?, ?)")
    .run(message, level, session_id, by, now);
  db.query("DELETE FROM notices WHERE id <= ?").run(Number(id) - NOTICES_MAX);
  return shown({ id: Number(id), message, level, session_id, by, at: now, read_at: null });
}

/** Command: marks all up to `id` as read. */
export function readNotices(db: Database, { through }: { readonly through: number }, { now }: Effects): void {
  db.query("UPDATE notices SET read_at = ? WHERE id <= ? AND read_at IS NULL").run(now, through);
}

function shown({ read_at, at, id, message, level, session_id, by }: Row): Notice {
  return { id, message, level, session_id, by, at: new Date(at).toISOString(), read: read_at !== null };
}
