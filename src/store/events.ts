/** A session's events in its order, in pages, with their texts read back from the blocks. */
import type { Database } from "bun:sqlite";
import { KINDS } from "../domain/event.ts";
import type { Event, Kind } from "../domain/event.ts";
import { MIB } from "../domain/limits.ts";
import type { Part } from "../domain/provider.ts";
import { eventId, parseEventId } from "../lib/id.ts";
import { toEvent } from "./event-form.ts";
import type { Extent } from "./event-form.ts";
import { partReader } from "./event-parts.ts";
import type { PartReader } from "./event-parts.ts";
import { snapshot } from "./snapshot.ts";

/** A row of `events`; tool and model by name. */
export type StoredEvent = {
  readonly position: number;
  readonly source: number;
  readonly offset: number;
  readonly idx: number;
  readonly hi: number;
  readonly lo: number;
  readonly kind: number;
  readonly flags: number;
  readonly at: number | null;
  readonly tool: string | null;
  readonly model: string | null;
};

/** Where a page stands in its session; `around` has the event itself in its middle. */
export type PageFrom =
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "after" | "before" | "around"; readonly position: number };

export type PageRequest = {
  /** Row number. */
  readonly session: number;
  readonly from: PageFrom;
  readonly limit: number;
  /** null = all. */
  readonly kinds: readonly Kind[] | null;
  readonly extent: Extent;
};

/** `prev` and `next` are event ids, null at the session's ends. `total` counts the kinds asked for. */
export type EventPage = {
  readonly events: readonly Event[];
  readonly next: string | null;
  readonly prev: string | null;
  readonly total: number;
};

/** Bytes of lines that one page reads at most; a page of longer lines is shorter than asked. */
const PAGE_BYTES = 8 * MIB;

const COLUMNS = `position, source, offset, idx, eid >> 30 AS hi, eid & 0x3fffffff AS lo, kind, flags, at,
  (SELECT name FROM names WHERE id = tool) AS tool, (SELECT name FROM names WHERE id = model) AS model`;

const ALL_KINDS = JSON.stringify(KINDS.map((_, n) => n));

/** A page of events. Shorter than `limit` at the ends, and where its lines are long. */
export function eventPage(db: Database, request: PageRequest): EventPage {
  return snapshot(db, () => readPage(db, request));
}

function readPage(db: Database, { session, from, limit, kinds, extent }: PageRequest): EventPage {
  const walk: Walk = { session, kinds: kinds ? JSON.stringify(kinds.map((kind) => KINDS.indexOf(kind))) : ALL_KINDS };
  const reader = partReader(db);
  const rows = rowsOf(db, walk, from, limit, reader);
  const events = rows.map(({ row, part }) => toEvent(row, part, extent));
  const first = rows[0]?.row;
  const last = rows.at(-1)?.row;
  return {
    events,
    next: last && step(db, walk, "after", last.position, 1).length > 0 ? eventId(last) : null,
    prev: first && step(db, walk, "before", first.position, 1).length > 0 ? eventId(first) : null,
    total: countEvents(db, walk),
  };
}

/** One event whole, and its part; null when the session has none of this id. */
export function eventById(db: Database, session: number, id: string): { event: Event; part: Part | null } | null {
  return snapshot(db, () => readEvent(db, session, id));
}

function readEvent(db: Database, session: number, id: string) {
  const key = parseEventId(id);
  const row =
    key &&
    db
      .query<StoredEvent, [number, number, number]>(
        `SELECT ${COLUMNS} FROM events WHERE session = ? AND eid = (? << 30) | ?`,
      )
      .get(session, key.hi, key.lo);
  if (!row) return null;
  const part = partReader(db).read(row);
  return { event: toEvent(row, part, "whole"), part };
}

/** An event's position; null when the session has none of this id. */
export function eventPosition(db: Database, session: number, id: string): number | null {
  const key = parseEventId(id);
  if (!key) return null;
  const sql = "SELECT position FROM events WHERE session = ? AND eid = (? << 30) | ?";
  return db.query<{ position: number }, [number, number, number]>(sql).get(session, key.hi, key.lo)?.position ?? null;
}

/** Rows at these positions of a session, in order; those that are gone are left out. */
export function eventsAt(db: Database, session: number, positions: readonly number[]): StoredEvent[] {
  const [first] = positions;
  // A list to be taken apart costs more than the row.
  if (positions.length === 1 && first !== undefined)
    return db
      .query<StoredEvent, [number, number]>(`SELECT ${COLUMNS} FROM events WHERE session = ? AND position = ?`)
      .all(session, first);
  return db
    .query<StoredEvent, [number, string]>(
      `SELECT ${COLUMNS} FROM events WHERE session = ? AND position IN (SELECT value FROM json_each(?)) ORDER BY position`,
    )
    .all(session, JSON.stringify(positions));
}

/** Rows after `position` (-1 = from the start), in order. */
export function eventsAfter(db: Database, session: number, position: number, limit: number): StoredEvent[] {
  return step(db, { session, kinds: ALL_KINDS }, "after", position, limit);
}

/** `kinds` = JSON of their numbers. */
type Walk = { readonly session: number; readonly kinds: string };
type Read = { readonly row: StoredEvent; readonly part: Part | null };

function rowsOf(db: Database, walk: Walk, from: PageFrom, limit: number, reader: PartReader): Read[] {
  const take = (rows: readonly StoredEvent[]) => readWithin(reader, rows);
  const back = (position: number, n: number) => take(step(db, walk, "before", position, n)).toReversed();
  const on = (position: number, n: number) => take(step(db, walk, "after", position, n));
  if (from.kind === "start") return on(-1, limit);
  if (from.kind === "end") return back(Number.MAX_SAFE_INTEGER, limit);
  if (from.kind === "after") return on(from.position, limit);
  if (from.kind === "before") return back(from.position, limit);
  // The event itself is read first: it is there even when its neighbours are too long.
  const rest = on(from.position - 1, Math.ceil(limit / 2));
  const before = limit - rest.length > 0 ? back(rest[0]?.row.position ?? from.position, limit - rest.length) : [];
  return [...before, ...rest];
}

/** Stops before the bytes of a page are spent; one event is always read. */
function readWithin(reader: PartReader, rows: readonly StoredEvent[]): Read[] {
  const read: Read[] = [];
  for (const row of rows) {
    if (reader.bytes > PAGE_BYTES) break;
    read.push({ row, part: reader.read(row) });
  }
  return read;
}

/** The next rows in one direction, nearest first. */
function step(db: Database, walk: Walk, way: "after" | "before", position: number, limit: number): StoredEvent[] {
  const [sign, order] = way === "after" ? [">", "ASC"] : ["<", "DESC"];
  return db
    .query<StoredEvent, [number, number, string, number]>(
      `SELECT ${COLUMNS} FROM events WHERE session = ? AND position ${sign} ?
       AND kind IN (SELECT value FROM json_each(?)) ORDER BY position ${order} LIMIT ?`,
    )
    .all(walk.session, position, walk.kinds, limit);
}

function countEvents(db: Database, { session, kinds }: Walk): number {
  if (kinds === ALL_KINDS)
    return db.query<{ n: number }, [number]>("SELECT events AS n FROM sessions WHERE id = ?").get(session)?.n ?? 0;
  const sql = "SELECT count(*) AS n FROM events WHERE session = ? AND kind IN (SELECT value FROM json_each(?))";
  return db.query<{ n: number }, [number, string]>(sql).get(session, kinds)!.n;
}
