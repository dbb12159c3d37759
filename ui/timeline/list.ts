/**
 * The rows of one timeline view: which ids, in which order, under which day. Pure; the rows' content is elsewhere.
 * The order is the server's and holds still: rows are updated in place. What is new waits in `pending` until it may be
 * let in at the top, so that nothing moves under a pointer.
 */
import type { Session } from "../../src/domain/session.ts";
import { dayKey } from "../kit/format.ts";

/** `chunk`: rows that came together are drawn and put away together. */
export type Entry = { readonly id: string; readonly day: string; readonly chunk: number };

export type List = {
  readonly entries: readonly Entry[];
  /** Ids to let in, newest first. */
  readonly pending: readonly string[];
  /** The server's cursor; null at the end, undefined before the first page. */
  readonly next: string | null | undefined;
};

/** What an answer says of a list; `next` is null at the end. */
export type Page = { readonly sessions: readonly Session[]; readonly next: string | null };

export type Chunk = { readonly key: string; readonly ids: readonly string[] };
export type Day = { readonly key: string; readonly chunks: readonly Chunk[] };

export const EMPTY: List = { entries: [], pending: [], next: undefined };

/** The local day a session stands under. */
export const dayOf = (session: Session): string => {
  const at = session.last_event_at ?? session.started_at;
  return at === null ? "" : dayKey(at);
};

/** With a page behind the others. Rows that are there already stay where they are. */
export function append(list: List, sessions: readonly Session[], next: string | null): List {
  const here = new Set(list.entries.map((entry) => entry.id));
  const chunk = (list.entries.at(-1)?.chunk ?? -1) + 1;
  const fresh = sessions.filter((session) => !here.has(session.id) && here.add(session.id));
  // Days only go down: a row that was touched while we paged must not open a second group of its day further below.
  let lowest = list.entries.at(-1)?.day ?? "9";
  const entries = fresh.map((session) => {
    const own = dayOf(session);
    lowest = own < lowest ? own : lowest;
    return { id: session.id, day: lowest, chunk };
  });
  return { entries: [...list.entries, ...entries], pending: list.pending, next };
}

/** After a row came over the live feed: unchanged when it is shown under its day, else it waits. */
export function arrive(list: List, session: Session): List {
  if (list.next === undefined) return list;
  const entry = list.entries.find((one) => one.id === session.id);
  if (entry && entry.day >= dayOf(session)) return list;
  // Older than all that is loaded (a backfill): paging will come to it.
  const last = list.entries.at(-1);
  if (!entry && last && list.next !== null && dayOf(session) < last.day) return list;
  // Older than the newest shown: an import fills in between; it must not stand on top.
  return { ...list, pending: [session.id, ...list.pending.filter((id) => id !== session.id)] };
}

/** Lets the waiting rows in, each at its place in time (on top, when it is new). */
export function admit(list: List, timeOf: (id: string) => string): List {
  if (list.pending.length === 0) return list;
  const waiting = new Set(list.pending);
  const rest = list.entries.filter((entry) => !waiting.has(entry.id));
  const fresh = list.pending.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
  const chunk = Math.min(0, ...rest.map((entry) => entry.chunk)) - 1;
  const entries: Entry[] = [];
  let at = 0;
  for (const id of fresh) {
    const day = timeOf(id) === "" ? "" : dayKey(timeOf(id));
    while (at < rest.length && before(rest[at]!, day, timeOf, id)) entries.push(rest[at++]!);
    entries.push({ id, day, chunk: entries.at(-1)?.day === day ? entries.at(-1)!.chunk : chunk });
  }
  entries.push(...rest.slice(at));
  return { ...list, entries, pending: [] };
}

const before = (entry: Entry, day: string, timeOf: (id: string) => string, id: string): boolean =>
  entry.day > day || (entry.day === day && timeOf(entry.id) > timeOf(id));

/** Without a row that was deleted. */
export function remove(list: List, id: string): List {
  const gone = (one: string) => one === id;
  if (!list.pending.some(gone) && !list.entries.some((entry) => gone(entry.id))) return list;
  const entries = list.entries.filter((entry) => !gone(entry.id));
  return { ...list, entries, pending: list.pending.filter((one) => !gone(one)) };
}

/**
 * After frames may have been missed: the first page, fetched again, says what is new (it waits) and what is gone
 * (rows among those it covers that it does not hold, but those that are `newer` than the page).
 */
export function refresh(list: List, { sessions, next }: Page, newer: (id: string) => boolean): List {
  if (list.next === undefined) return append(EMPTY, sessions, next);
  const here = new Set(sessions.map((session) => session.id));
  const covered = next === null ? Infinity : list.entries.findLastIndex((entry) => here.has(entry.id));
  const kept = list.entries.filter(({ id }, index) => index > covered || here.has(id) || newer(id));
  const known: List = { ...list, entries: kept, pending: list.pending.filter((id) => !here.has(id)) };
  return sessions.toReversed().reduce(arrive, known);
}

/** With what a longer look found: the first `seen` rows stay, its rows come next in its order, then the others. */
export function deepen(list: List, sessions: readonly Session[], seen: number): List {
  const top: List = { ...list, entries: list.entries.slice(0, seen) };
  const found = append(top, sessions, list.next ?? null);
  const here = new Set(found.entries.map((entry) => entry.id));
  const rest = list.entries.slice(seen).filter((entry) => !here.has(entry.id));
  return { ...found, entries: [...found.entries, ...rest] };
}

/** Ids that a longer look ranks above some of the first `seen` rows, and that are not among them. */
export function above(list: List, sessions: readonly Session[], seen: number): readonly string[] {
  const top = new Set(list.entries.slice(0, seen).map((entry) => entry.id));
  const lowest = sessions.findLastIndex((session) => top.has(session.id));
  const better = lowest < 0 && top.size > 0 ? sessions : sessions.slice(0, lowest + 1);
  return better.map((session) => session.id).filter((id) => !top.has(id));
}

/** The rows by day, newest first, in chunks whose keys stay the same while rows come and go. */
export function byDay(list: List): Day[] {
  const days: { key: string; chunks: { key: string; ids: string[] }[] }[] = [];
  for (const entry of list.entries) {
    if (days.at(-1)?.key !== entry.day) days.push({ key: entry.day, chunks: [] });
    const day = days.at(-1)!;
    const key = `${entry.day}/${entry.chunk}`;
    if (day.chunks.at(-1)?.key !== key) day.chunks.push({ key, ids: [] });
    day.chunks.at(-1)!.ids.push(entry.id);
  }
  return days;
}
