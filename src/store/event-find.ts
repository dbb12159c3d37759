/** Find in one session: a plain search through its texts, in short steps, so that events not loaded yet are found too. */
import type { Database } from "bun:sqlite";
import type { Part } from "../domain/provider.ts";
import { strings } from "../domain/words.ts";
import { eventId } from "../lib/id.ts";
import { partReader } from "./event-parts.ts";
import { eventsAfter } from "./events.ts";
import { snapshot } from "./snapshot.ts";

/** One step holds its thread no longer, milliseconds. */
const STEP_MS = 10;
const STEP_ROWS = 100;

export type FindRequest = {
  /** Row number. */
  readonly session: number;
  readonly text: string;
  /** Position to go on after; -1 = from the start. */
  readonly after: number;
  /** Ids at most. */
  readonly limit: number;
};

/** Ids in the session's order; `next` = the event to go on after, null at the end. */
export type Found = { readonly ids: readonly string[]; readonly next: string | null };

/** The events that hold `text`, whatever its case, as far as one step comes. */
export function findEvents(db: Database, request: FindRequest): Found {
  return snapshot(db, () => step(db, request));
}

function step(db: Database, { session, text, after, limit }: FindRequest): Found {
  const needle = text.toLowerCase();
  let started: number | null = null;
  const reader = partReader(db);
  const ids: string[] = [];
  let at = after;
  for (;;) {
    const rows = eventsAfter(db, session, at, STEP_ROWS);
    for (const row of rows) {
      const part = reader.read(row);
      at = row.position;
      if (part && holds(part, row.tool, needle)) ids.push(eventId(row));
      // The first read may parse a whole file: a step that ended with it would parse it for each event.
      started ??= performance.now();
      const spent = performance.now() - started > STEP_MS;
      if (ids.length >= limit || spent) return { ids, next: eventId(row) };
    }
    if (rows.length < STEP_ROWS) return { ids, next: null };
  }
}

function holds(part: Part, tool: string | null, needle: string): boolean {
  const texts = [part.text, tool ?? part.tool, part.output, ...(part.form?.paths ?? [])];
  if (texts.some((text) => text?.toLowerCase().includes(needle))) return true;
  return part.input !== undefined && strings(part.input).some((text) => text.toLowerCase().includes(needle));
}
