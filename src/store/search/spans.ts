/** Spans as the indexer writes them: which event stands in which row. What no span covers is dead. */
import type { Database } from "bun:sqlite";
import { SPAN_ROWS } from "./schema.ts";

/** Rows first … first + n - 1 of a shard hold the session's events at position …; times ms; kinds: one byte an event. */
export type Span = {
  readonly shard: number;
  readonly first: number;
  readonly n: number;
  readonly session: number;
  readonly position: number;
  readonly min_at: number;
  readonly max_at: number;
  readonly kinds: Uint8Array;
};

/** Writes a span; replaces the one that begins at the same row (it has grown). */
export function putSpan(db: Database, span: Span): void {
  db.query("INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?)").run(
    span.shard,
    span.first,
    span.n,
    span.session,
    span.position,
    span.min_at,
    span.max_at,
    span.kinds,
  );
}

/** The last span of a shard, to go on with; null when it has none. */
export function lastSpan(db: Database, shard: number): Span | null {
  return db.query<Span, [number]>("SELECT * FROM spans WHERE shard = ? ORDER BY first DESC LIMIT 1").get(shard);
}

/** The spans of a shard from row `from` on, in order of rows. */
export function spansFrom(db: Database, shard: number, from: number, limit = -1): Span[] {
  const sql = "SELECT * FROM spans WHERE shard = ? AND first >= ? ORDER BY first LIMIT ?";
  return db.query<Span, [number, number, number]>(sql).all(shard, from, limit);
}

/** Spans that hold any of a session's events at positions [from, to). */
export function spansOf(db: Database, session: number, from: number, to: number): Span[] {
  return db
    .query<Span, [number, number, number, number]>(
      "SELECT * FROM spans WHERE session = ?1 AND position < ?3 AND position > ?4 AND position + n > ?2",
    )
    .all(session, from, to, from - SPAN_ROWS);
}

/** Marks a session's events at positions [from, to) dead: cuts them out of their spans. Returns the shards they stood in. */
export function killRows(db: Database, session: number, from: number, to: number): Set<number> {
  const shards = new Set<number>();
  for (const span of spansOf(db, session, from, to)) {
    const gone = cutOut(db, span, Math.max(from, span.position), Math.min(to, span.position + span.n));
    db.query("UPDATE shards SET dead = dead + ?, version = version + 1 WHERE id = ?").run(gone, span.shard);
    shards.add(span.shard);
  }
  return shards;
}

/** Leaves what stands before and after [from, to) as spans of their own. Returns how many rows went. */
function cutOut(db: Database, span: Span, from: number, to: number): number {
  db.query("DELETE FROM spans WHERE shard = ? AND first = ?").run(span.shard, span.first);
  const keep = (start: number, end: number) => {
    if (start >= end) return;
    const skip = start - span.position;
    const kinds = span.kinds.slice(skip, end - span.position);
    putSpan(db, { ...span, first: span.first + skip, n: end - start, position: start, kinds });
  };
  keep(span.position, from);
  keep(to, span.position + span.n);
  return to - from;
}
