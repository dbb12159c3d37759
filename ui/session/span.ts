/**
 * The stretch of a session that is loaded: pages without a gap between them, extended at both ends, given up at the far
 * one when it grows too heavy. Pure. Pages are never merged, so what is folded within one stays what it is.
 */
import type { Event } from "../../src/domain/event.ts";
import type { EventPage } from "../api/events.ts";

export type Page = readonly Event[];
export type Span = {
  readonly pages: readonly Page[];
  /** What goes into `before` and `after` for more; null at the session's ends. */
  readonly prev: string | null;
  readonly next: string | null;
  /** Events of the whole session. */
  readonly total: number;
};

export const EMPTY: Span = { pages: [], prev: null, next: null, total: 0 };

/** Characters of text kept, about 40 MB of memory; fewer events than FEWEST are never given up. */
const HEAVY = 20_000_000;
const FEWEST = 2000;
/** New events at the end join the last page up to this many. */
const PAGE = 120;

/** A span of one page, as the first answer or a jump gives it. */
export const begin = ({ events, prev, next, total }: EventPage): Span => ({
  pages: events.length === 0 ? [] : [events],
  prev,
  next,
  total,
});

/** The span with an earlier page before it. */
export function prepend(span: Span, { events, prev, total }: EventPage): Span {
  const fresh = without(span, events);
  const longer = { ...span, pages: fresh.length === 0 ? span.pages : [fresh, ...span.pages], prev, total };
  return lighten(longer, "end");
}

/** The span with later events after it. */
export function append(span: Span, { events, next, total }: EventPage): Span {
  const fresh = without(span, events);
  const last = span.pages.at(-1) ?? [];
  const join = last.length + fresh.length <= PAGE;
  const rest = join ? span.pages.slice(0, -1) : span.pages;
  const tail = join ? [...last, ...fresh] : fresh;
  if (fresh.length === 0) return { ...span, next, total };
  return lighten({ ...span, pages: [...rest, tail], next, total }, "start");
}

/** Drops the end from the first event on that may still change, so that it can be fetched anew. */
export function settle(span: Span): Span {
  const last = span.pages.at(-1);
  const at = last?.findIndex((event) => event.flags.includes("provisional")) ?? -1;
  // A span must keep an event to go on from.
  if (!last || at === -1 || (at === 0 && span.pages.length === 1)) return span;
  const rest = span.pages.slice(0, -1);
  return { ...span, pages: at === 0 ? rest : [...rest, last.slice(0, at)] };
}

/** The last loaded event's id. */
export const lastId = (span: Span): string | null => span.pages.at(-1)?.at(-1)?.id ?? null;

/** Whether an event is loaded. */
export const holds = (span: Span, id: string): boolean => span.pages.some((page) => page.some((e) => e.id === id));

function without(span: Span, events: readonly Event[]): Page {
  const known = new Set(span.pages.flatMap((page) => page.map((event) => event.id)));
  return events.filter((event) => !known.has(event.id));
}

/** Gives up whole pages at one end while the span is too heavy. */
function lighten(span: Span, end: "start" | "end"): Span {
  const pages = [...span.pages];
  let weight = pages.reduce((sum, page) => sum + weigh(page), 0);
  let count = pages.reduce((sum, page) => sum + page.length, 0);
  let { prev, next } = span;
  while (weight > HEAVY && pages.length > 1) {
    const gone = end === "start" ? pages[0]! : pages.at(-1)!;
    if (count - gone.length < FEWEST) break;
    weight -= weigh(gone);
    count -= gone.length;
    pages.splice(end === "start" ? 0 : -1, 1);
    if (end === "start") prev = pages[0]![0]!.id;
    else next = pages.at(-1)!.at(-1)!.id;
  }
  return { ...span, pages, prev, next };
}

const weights = new WeakMap<Page, number>();

function weigh(page: Page): number {
  const known = weights.get(page);
  if (known !== undefined) return known;
  const size = page.reduce(
    (sum, event) => sum + 500 + length(event.content_text) + length(event.tool_output_text) + length(event.patch),
    0,
  );
  weights.set(page, size);
  return size;
}

const length = (text: string | null): number => text?.length ?? 0;
