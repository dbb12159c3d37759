/** What a slice of deriving did to one session: what the index and the live feed are told when it commits. */
import type { Part } from "../domain/provider.ts";
import { searchText } from "../domain/words.ts";
import { eventId } from "../lib/id.ts";
import type { Hash60 } from "../lib/id.ts";
import type { EventRow } from "../store/event-rows.ts";
import { shownTitle } from "../store/session-state.ts";
import type { SessionState } from "../store/session-state.ts";

/** What a slice did to one session; becomes rows of `changes`, one packet, and the live feed's doorbell. */
export type Slice = {
  /** The session's title before. */
  readonly title: string | null;
  /** Position of the first new event; new ones follow without a gap. */
  first: number;
  /** 4 numbers an event: kind, at, tool, length of its text. */
  readonly columns: number[];
  readonly texts: string[];
  /** Positions of events that now say something else. */
  readonly rewritten: Set<number>;
  /** Copied history was told of. */
  copied: boolean;
  /** Events were taken back or are others' after all: the session is counted anew. */
  recount: boolean;
  /** Ids of sessions that this one turned out to come from after calls were charged to it. */
  readonly origins: Set<string>;
  /** Id of the deleted session that this one, its helper, goes with. */
  orphanOf: string | null;
  lastId: Hash60 | null;
  inserted: number;
  skipped: number;
};

/** Nothing was done to the session yet. */
export function newSlice(session: SessionState): Slice {
  const { next_position: first } = session;
  const { title } = shownTitle(session, session.said);
  return {
    title,
    first,
    columns: [],
    texts: [],
    rewritten: new Set(),
    copied: false,
    recount: false,
    origins: new Set(),
    orphanOf: null,
    lastId: null,
    inserted: 0,
    skipped: 0,
  };
}

/** Puts a new event behind those of the slice. */
export function tell(slice: Slice, part: Part, row: EventRow, id: Hash60): void {
  const text = indexedText(part);
  slice.columns.push(row.kind, row.at ?? NaN, row.tool ?? 0, text.length);
  slice.texts.push(text);
  slice.lastId = id;
  slice.inserted++;
  if (part.replayed) slice.copied = true;
}

/** The event at `position` is of this very slice and not sent to the indexer yet: its newer text goes instead. */
export function tellAnew(slice: Slice, position: number, part: Part, row: EventRow): void {
  const at = position - slice.first;
  const text = indexedText(part);
  slice.texts[at] = text;
  slice.columns.splice(at * 4, 4, row.kind, row.at ?? NaN, row.tool ?? 0, text.length);
}

/** An event of this slice turned out to be copied history, which is not searched here. */
export function hide(slice: Slice, position: number): void {
  const at = position - slice.first;
  if (at < 0 || at >= slice.texts.length) return;
  slice.texts[at] = "";
  slice.columns[at * 4 + 3] = 0;
}

/** Noise and copied history are not searched. */
function indexedText(part: Part): string {
  return part.injected || part.replayed || part.kind === "unknown" ? "" : searchText(part);
}

/** The doorbell's event id. */
export function lastEventId(slice: Slice): string | null {
  return slice.lastId === null ? null : eventId(slice.lastId);
}
