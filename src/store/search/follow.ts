/** What the indexer reads from the archive: which one it is, what changed, and the texts of events, from their blocks. */
import type { Database } from "bun:sqlite";
import { FLAG, KINDS } from "../../domain/event.ts";
import type { Part } from "../../domain/provider.ts";
import { searchText } from "../../domain/words.ts";
import { partReader } from "../event-parts.ts";
import type { PartReader } from "../event-parts.ts";
import { isCopyFound } from "../ownerless.ts";
import type { TextEvent } from "./append.ts";
import type { Todo } from "./todo.ts";

/** A row of `changes`. */
export type Change = {
  readonly id: number;
  readonly kind: "events" | "session" | "rebuilt" | "deleted";
  readonly session: number;
  readonly position: number;
  readonly n: number;
};

/** `last` = number of the newest change ever written. */
export type ArchiveState = { readonly archiveId: string; readonly epoch: number; readonly last: number };

/** Number of the last row that was ever written to `changes`; 0 before the first. */
export function lastChange(db: Database): number {
  return db.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").get()?.seq ?? 0;
}

export function archiveState(db: Database): ArchiveState {
  const { archiveId, epoch } = db
    .query<{ archiveId: string; epoch: number }, []>("SELECT archive_id AS archiveId, epoch FROM archive")
    .get()!;
  return { archiveId, epoch, last: lastChange(db) };
}

/** Changes after `cursor` and before `end`, oldest first. */
export function changesBetween(db: Database, cursor: number, end: number, limit: number): Change[] {
  return db
    .query<Change, [number, number, number]>(
      "SELECT id, kind, session, position, n FROM changes WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
    )
    .all(cursor, end, limit);
}

/** Every session that has events: all of them are to be indexed. */
export function allSessions(db: Database): Todo[] {
  const sql =
    "SELECT id AS session, 0 AS position, next_position AS upto, coalesce(last_event_at, 0) AS at FROM sessions";
  return db.query<Todo, []>(sql).all();
}

/** The position after a session's last event; 0 when it is gone. */
export function nextPosition(db: Database, session: number): number {
  const row = db.query<{ n: number }, [number]>("SELECT next_position AS n FROM sessions WHERE id = ?").get(session);
  return row?.n ?? 0;
}

/** When a session last said something, ms; 0 unknown. */
export function lastEventAt(db: Database, session: number): number {
  const row = db
    .query<{ at: number | null }, [number]>("SELECT last_event_at AS at FROM sessions WHERE id = ?")
    .get(session);
  return row?.at ?? 0;
}

/** By what a session is found beside its events: titles, tags, note, project, branch. null when it is gone. */
export function titleText(db: Database, session: number): string | null {
  type Row = {
    readonly title: string | null;
    readonly user_title: string | null;
    readonly note: string | null;
    readonly tags: string;
    readonly project: string | null;
    readonly git_branch: string | null;
  };
  const row = db
    .query<Row, [number]>("SELECT title, user_title, note, tags, project, git_branch FROM sessions WHERE id = ?")
    .get(session);
  if (!row) return null;
  const tags = JSON.parse(row.tags) as string[];
  return [row.user_title, row.title, ...tags, row.note, row.project, row.git_branch].filter(Boolean).join("\n");
}

type TextRow = {
  readonly position: number;
  readonly source: number;
  readonly offset: number;
  readonly idx: number;
  readonly kind: number;
  readonly flags: number;
  readonly at: number | null;
  readonly tool: number | null;
  readonly name: string | null;
};

/** Copied history belongs to another session, where that is here; what a tool put in is not what anybody said. */
const hiddenIn = (db: Database, session: number) =>
  isCopyFound(db, session) ? FLAG.injected : FLAG.replayed | FLAG.injected;
/** A batch of texts read back ends after so many characters. */
const BATCH_CHARACTERS = 256 * 1024;
const BATCH_MS = 8;

/** Bytes that can not be read cost their event, not the index. */
function readSafely(reader: PartReader, row: TextRow): Part | null {
  try {
    return reader.read(row);
  } catch {
    return null;
  }
}

/** An event read back, at its position. */
export type ReadEvent = TextEvent & { readonly position: number };

/** Reads back events at positions [from, to): as many as a step allows, at least one. Positions without an event are left out. */
export function readEvents(
  db: Database,
  session: number,
  from: number,
  to: number,
): { events: ReadEvent[]; upto: number } {
  let started: number | null = null;
  const rows = db
    .query<TextRow, [number, number, number]>(
      `SELECT position, source, offset, idx, kind, flags, at, tool, (SELECT name FROM names WHERE id = tool) AS name
       FROM events WHERE session = ? AND position >= ? AND position < ? ORDER BY position LIMIT 256`,
    )
    .all(session, from, to);
  const reader = partReader(db);
  const unsearched = hiddenIn(db, session);
  const events: ReadEvent[] = [];
  let characters = 0;
  for (const row of rows) {
    const hidden = (row.flags & unsearched) !== 0 || KINDS[row.kind] === "unknown";
    const part = hidden ? null : readSafely(reader, row);
    const text = part ? searchText({ ...part, tool: part.tool ?? row.name ?? undefined }) : "";
    events.push({ position: row.position, kind: row.kind, at: row.at ?? NaN, tool: row.tool ?? 0, text });
    characters += text.length;
    // The first read may parse a whole file: a batch that ended with it would parse it for each event.
    started ??= performance.now();
    if (characters > BATCH_CHARACTERS || performance.now() - started > BATCH_MS) break;
  }
  const last = events.at(-1);
  const ended = events.length === rows.length && rows.length < 256;
  return { events, upto: last && !ended ? last.position + 1 : to };
}
