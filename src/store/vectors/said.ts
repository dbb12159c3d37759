/** What search by meaning reads from the archive: which sessions there are, how far they go, and what was said in them. */
import type { Database } from "bun:sqlite";
import { FLAG, KINDS } from "../../domain/event.ts";
import { partReader } from "../event-parts.ts";
import { isCopyFound } from "../ownerless.ts";

/** `mark` is another one when events are others than they were; `upto`: the position after its last event. */
export type Extent = { readonly session: number; readonly mark: number; readonly upto: number };

/** All sessions, the one that last said something first. What agents do among themselves is left out. */
export function extents(db: Database): Extent[] {
  return db
    .query<Extent, []>(
      `SELECT id AS session, revision * 2 + (copies_found & 1) AS mark, next_position AS upto FROM sessions
       WHERE kind <> 'internal' ORDER BY recent_at DESC, id DESC`,
    )
    .all();
}

/** Whether the session is still there. */
export function isThere(db: Database, session: number): boolean {
  return db.query("SELECT 1 FROM sessions WHERE id = ?").get(session) !== null;
}

type Row = {
  readonly position: number;
  readonly source: number;
  readonly offset: number;
  readonly idx: number;
  readonly flags: number;
  readonly at: number | null;
};

/** A prompt or a reply. `at` ms, 0 unknown. */
export type Said = { readonly position: number; readonly at: number; readonly text: string };

const KINDS_SAID = JSON.stringify([KINDS.indexOf("prompt"), KINDS.indexOf("reply")]);
const ROWS = 64;
const STEP_CHARACTERS = 48 * 1024;
const STEP_MS = 15;

/** What was said at positions [from, to), as much as a step allows, and the position to go on at. Text that can not be read is none. */
export function readSaid(db: Database, session: number, from: number, to: number): { said: Said[]; upto: number } {
  const unsearched = isCopyFound(db, session) ? FLAG.injected : FLAG.replayed | FLAG.injected;
  const rows = db
    .query<Row, [number, number, number, number, string]>(
      `SELECT position, source, offset, idx, flags, at FROM events WHERE session = ? AND position >= ? AND position < ?
       AND flags & ? = 0 AND kind IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ${ROWS}`,
    )
    .all(session, from, to, unsearched, KINDS_SAID);
  const reader = partReader(db);
  const started = performance.now();
  const said: Said[] = [];
  let characters = 0;
  for (const [i, row] of rows.entries()) {
    const text = textOf(() => reader.read(row)?.text);
    if (text !== "") said.push({ position: row.position, at: row.at ?? 0, text });
    characters += text.length;
    const full = characters > STEP_CHARACTERS || performance.now() - started > STEP_MS || i + 1 === ROWS;
    if (full) return { said, upto: row.position + 1 };
  }
  return { said, upto: to };
}

function textOf(read: () => string | undefined): string {
  try {
    return read() ?? "";
  } catch {
    // Bytes that can not be read cost their event, as in the index.
    return "";
  }
}
