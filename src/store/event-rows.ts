/** Rows of `events`, `names`, `changes` as deriving writes them. Prepared once: this is the hot path. */
import type { Database } from "bun:sqlite";
import { COUNTED } from "../domain/event.ts";
import type { Hash60 } from "../lib/id.ts";

/** Where an event's record stands: line offset in its source, and part index + 1024 x ordinal of the value in the line. */
export type EventPlace = { readonly source: number; readonly offset: number; readonly idx: number };

/** tool, model: rows in names. call: 48 bits. at: ms. kind, flags: src/domain/event.ts. */
export type EventRow = EventPlace & {
  readonly kind: number;
  readonly tool: number | null;
  readonly call: number | null;
  readonly model: number | null;
  readonly at: number | null;
  readonly flags: number;
};

export type KnownEvent = EventPlace & { readonly position: number; readonly kind: number; readonly flags: number };

/** What `changes` may tell the indexer. */
export type ChangeKind = "events" | "session" | "rebuilt" | "deleted";

export type Rows = ReturnType<typeof prepareRows>;

/** Prepares the statements on the writer's connection. */
export function prepareRows(db: Database) {
  const insert = db.prepare("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, (? << 30) | ?, ?, ?, ?, ?, ?, ?)");
  const find = db.prepare<KnownEvent, [number, number, number]>(
    "SELECT position, source, offset, idx, kind, flags FROM events WHERE session = ? AND eid = (? << 30) | ?",
  );
  const replace = db.prepare(
    `UPDATE events SET source = ?, offset = ?, idx = ?, kind = ?, tool = coalesce(?, tool), call = coalesce(?, call),
     model = coalesce(?, model), at = coalesce(?, at), flags = ? WHERE session = ? AND position = ?`,
  );
  const addChange = db.prepare("INSERT INTO changes (kind, session, position, n) VALUES (?, ?, ?, ?)");
  const names = new Map<string, number>();

  return {
    /** False when the session has an event of this id already. */
    insert(session: number, position: number, id: Hash60, row: EventRow): boolean {
      const { source, offset, idx, kind, tool, call, model, at, flags } = row;
      const done = insert.run(session, position, source, offset, idx, id.hi, id.lo, kind, tool, call, model, at, flags);
      return done.changes > 0;
    },
    find: (session: number, id: Hash60): KnownEvent | null => find.get(session, id.hi, id.lo),
    /** Shows a newer version of an event in its old place; what the new one does not say stays. */
    replace(session: number, position: number, row: EventRow): void {
      const { source, offset, idx, kind, tool, call, model, at, flags } = row;
      replace.run(source, offset, idx, kind, tool, call, model, at, flags, session, position);
    },
    /** The row number of a tool's or model's name. */
    name(text: string): number {
      const known = names.get(text);
      if (known !== undefined) return known;
      db.query("INSERT OR IGNORE INTO names (name) VALUES (?)").run(text);
      const { id } = db.query<{ id: number }, [string]>("SELECT id FROM names WHERE name = ?").get(text)!;
      names.set(text, id);
      return id;
    },
    /** Forgets cached names: a transaction that made some was rolled back. */
    forgetNames: () => names.clear(),
    /** Returns the number of the change. */
    change(kind: ChangeKind, session: number, position = 0, n = 0): number {
      return Number(addChange.run(kind, session, position, n).lastInsertRowid);
    },
  };
}

/** Positions `from` to before `to` of a session: those of `source`, and those of other sources up to position `known`. */
export type EventRange = {
  readonly session: number;
  readonly from: number;
  readonly to: number;
  readonly source: number;
  readonly known: number;
};

/** Sets a flag bit on events. Returns the positions of those that did not have it. */
export function flagEvents(db: Database, { session, from, to, source, known }: EventRange, bit: number): number[] {
  return db
    .query<{ position: number }, [number, number, number, number, number, number]>(
      `UPDATE events SET flags = flags | ?4 WHERE session = ?1 AND position >= ?2 AND position < ?3 AND flags & ?4 = 0
       AND (position <= ?6 OR source = ?5) RETURNING position`,
    )
    .all(session, from, to, bit, source, known)
    .map((row) => row.position);
}

/** Sets a flag bit on a session's events that point into any of `sources`. Returns the positions of those that did not have it. */
export function flagSources(db: Database, session: number, sources: readonly number[], bit: number): number[] {
  return db
    .query<{ position: number }, [number, string, number]>(
      `UPDATE events SET flags = flags | ?3 WHERE session = ?1 AND flags & ?3 = 0
       AND source IN (SELECT value FROM json_each(?2)) RETURNING position`,
    )
    .all(session, JSON.stringify(sources), bit)
    .map((row) => row.position);
}

/** Ids of a session's events that have none of the flag bits, as `hi:lo`. */
export function idsOf(db: Database, session: number, bits: number): Set<string> {
  const rows = db
    .query<{ hi: number; lo: number }, [number, number]>(
      "SELECT eid >> 30 AS hi, eid & 1073741823 AS lo FROM events WHERE session = ? AND flags & ? = 0",
    )
    .all(session, bits);
  return new Set(rows.map(({ hi, lo }) => `${hi}:${lo}`));
}

/** Takes away the provisional events of a source from `offset` on: the line they were read from has gone on. */
export function dropProvisional(db: Database, session: number, source: number, offset: number, bit: number): number {
  return db
    .query("DELETE FROM events WHERE session = ? AND source = ? AND offset >= ? AND flags & ? <> 0")
    .run(session, source, offset, bit).changes;
}

/** Events of a kind with the same flags (of COUNTED) and model: how many, and their earliest position and last time. */
export type EventGroup = {
  readonly kind: number;
  readonly flags: number;
  readonly model: string | null;
  readonly n: number;
  readonly first: number;
  readonly at: number | null;
  /** Some of them have no time of their own. */
  readonly timeless: number;
};

/** All events of a session in groups, in order of their first. */
export function groupEvents(db: Database, session: number): EventGroup[] {
  return db
    .query<EventGroup, [number, number]>(
      `SELECT kind, flags & ?2 AS flags, (SELECT name FROM names WHERE id = model) AS model, count(*) AS n,
       min(position) AS first, max(at) AS at, max(at IS NULL) AS timeless
       FROM events WHERE session = ?1 GROUP BY kind, flags & ?2, model ORDER BY first`,
    )
    .all(session, COUNTED);
}

/** The first event of a kind whose flags have all of `set` and none of `unset`; null when there is none. */
export function firstEvent(
  db: Database,
  session: number,
  { kind, set, unset }: { readonly kind: number; readonly set: number; readonly unset: number },
): (EventPlace & { readonly flags: number }) | null {
  return db
    .query<EventPlace & { flags: number }, [number, number, number, number]>(
      `SELECT source, offset, idx, flags FROM events WHERE session = ? AND kind = ? AND flags & ? = 0 AND flags & ?4 = ?4
       ORDER BY position LIMIT 1`,
    )
    .get(session, kind, unset, set);
}

/** Rows of `changes` kept behind the indexer: sets of sessions that searches keep are brought up to date by them. */
const CHANGES_KEPT = 1000;

/** Takes away what the indexer has followed. */
export function pruneChanges(db: Database, indexed: number): void {
  db.query("DELETE FROM changes WHERE id <= ?").run(indexed - CHANGES_KEPT);
}
