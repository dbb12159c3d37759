/** The passages of a hit: events read back from their blocks, cut around what was found. Plain text and ranges, never HTML. */
import type { Database } from "bun:sqlite";
import { KINDS, ROLE_OF } from "../domain/event.ts";
import type { Part } from "../domain/provider.ts";
import type { Match } from "../domain/session.ts";
import { snippetOf } from "../domain/snippet.ts";
import type { Finder, Place } from "../domain/snippet.ts";
import { strings } from "../domain/words.ts";
import { eventId } from "../lib/id.ts";
import type { PartReader } from "../store/event-parts.ts";
import { eventsAt } from "../store/events.ts";
import type { StoredEvent } from "../store/events.ts";
import { iso } from "../store/session-rows.ts";
import type { Near } from "./semantic-protocol.ts";

export type Passage = { readonly match: Match; readonly phrase: boolean };

export type PassageRequest = {
  /** Row number. */
  readonly session: number;
  readonly positions: readonly number[];
  readonly finder: Finder;
  /** One for all sessions of an answer, within one snapshot. */
  readonly reader: PartReader;
};

/** Passages of one session's events at `positions`, in that order. Those that are gone, or say something else now, are left out. */
export function readPassages(db: Database, { session, positions, finder, reader }: PassageRequest): Passage[] {
  const rows = new Map(eventsAt(db, session, positions).map((row) => [row.position, row]));
  const passages: Passage[] = [];
  for (const position of positions) {
    const row = rows.get(position);
    if (!row) continue;
    const part = reader.read(row);
    const passage = part && passageOf(row, part, finder);
    if (passage) passages.push(passage);
  }
  return passages;
}

export type NearRequest = Pick<PassageRequest, "session" | "reader"> & { readonly pieces: Near["pieces"] };

/** The pieces of a session that was found by its meaning: their beginnings, for no word of them was looked for. */
export function readNear(db: Database, { session, pieces, reader }: NearRequest): Passage[] {
  const positions = pieces.map(({ position }) => position);
  const rows = new Map(eventsAt(db, session, positions).map((row) => [row.position, row]));
  return pieces.flatMap(({ position, start }): Passage[] => {
    const row = rows.get(position);
    const part = row && reader.read(row);
    const text = part?.text?.slice(start).trimStart();
    if (!row || !part || !text) return [];
    const match = matchOf(row, part, { text, places: [] });
    return [{ match: { ...match, by_meaning: true }, phrase: false }];
  });
}

function passageOf(row: StoredEvent, part: Part, finder: Finder): Passage | null {
  const best = bestText(part, row.tool ?? part.tool ?? null, finder);
  return best && { match: matchOf(row, part, best), phrase: finder.hasPhrase(best.text) };
}

function matchOf(row: StoredEvent, part: Part, found: Found): Match {
  const { text, ranges } = snippetOf(found.text, found.places);
  const kind = KINDS[row.kind] ?? "unknown";
  return {
    event_id: eventId(row),
    role: ROLE_OF[kind],
    kind,
    tool_name: row.tool ?? part.tool ?? null,
    at: iso(row.at),
    snippet: text,
    ranges,
  };
}

type Found = { readonly text: string; readonly places: readonly Place[] };

/** The text of the event that holds the most of the terms; what was said comes before what a tool got and gave. */
function bestText(part: Part, tool: string | null, finder: Finder): Found | null {
  const texts = [
    part.text,
    part.output,
    part.input === undefined ? undefined : strings(part.input).join("\n"),
    (part.form?.paths ?? []).join("\n"),
    tool,
  ];
  // Found by operators alone: any text of it will do.
  const [first] = texts.filter(Boolean);
  if (finder.terms === 0) return first ? { text: first, places: [] } : null;
  let best: Found | null = null;
  let most = 0;
  for (const text of texts) {
    if (!text) continue;
    const places = finder.places(text, true);
    const terms = new Set(places.map((place) => place.term)).size;
    if (terms <= most) continue;
    [best, most] = [{ text, places }, terms];
    if (terms >= finder.terms) break;
  }
  return best;
}
