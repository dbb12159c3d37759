/**
 * Events as rows for reading: calls with their results, runs of steps folded, noise put together. Pure.
 * A row's key is its kind's letter and its first event's id: it keeps its place and state when more is loaded around it.
 */
import type { Event } from "../../src/domain/event.ts";
import type { Page } from "./span.ts";

/** A tool call and what it gave; one of the two may lie outside of what is loaded, or never have come. */
export type Step =
  { readonly call: Event; readonly result: Event | null } | { readonly call: null; readonly result: Event };

export type Row =
  | { readonly kind: "prompt"; readonly key: string; readonly event: Event }
  | { readonly kind: "reply"; readonly key: string; readonly event: Event }
  | { readonly kind: "compaction"; readonly key: string; readonly events: readonly Event[] }
  | { readonly kind: "unknown"; readonly key: string; readonly event: Event }
  | { readonly kind: "thinking"; readonly key: string; readonly event: Event; readonly within: boolean }
  | { readonly kind: "noise"; readonly key: string; readonly events: readonly Event[]; readonly within: boolean }
  | { readonly kind: "step"; readonly key: string; readonly step: Step; readonly within: boolean }
  | { readonly kind: "group"; readonly key: string; readonly members: readonly Member[]; readonly open: boolean };

/** What a run is made of: everything between two pieces of talk. */
export type Member = Extract<Row, { kind: "thinking" | "noise" | "step" }>;

export type Rows = {
  readonly list: readonly Row[];
  /** Place in `list` by key. */
  readonly places: ReadonlyMap<string, number>;
  /** The row that shows an event, and the group it lies in, by event id. */
  readonly homes: ReadonlyMap<string, Home>;
};
export type Home = { readonly key: string; readonly group: string | null };

export const NO_ROWS: Rows = { list: [], places: new Map(), homes: new Map() };

/** Fewer steps than this stay as they are; more than MOST are several folds, or one fold would be a whole session. */
const FOLD = 5;
const MOST = 30;
/** Rows of a run at a live end that stay in sight. */
const TAIL = 4;

export type Look = {
  /** Whether the group of this key is unfolded. */
  readonly isOpen: (key: string) => boolean;
  /** The agent is at work on the last run. */
  readonly live: boolean;
};

/** The rows of what is loaded. */
export function buildRows(pages: readonly Page[], look: Look): Rows {
  const results = pair(pages);
  const list: Row[] = [];
  const homes = new Map<string, Home>();
  pages.forEach((page, index) => {
    const live = look.live && index === pages.length - 1;
    for (const run of runs(page, results, live)) add(run, look, { list, homes });
  });
  return { list, homes, places: new Map(list.map((row, at) => [row.key, at])) };
}

/** Rows that say the same as before keep their identity, so that nothing on the screen is built again. */
export function keepRows(before: Rows, now: Rows): Rows {
  const list = now.list.map((row) => {
    const old = before.list[before.places.get(row.key) ?? -1];
    return old && same(old, row) ? old : row;
  });
  return { ...now, list };
}

type Pairs = { readonly resultOf: ReadonlyMap<Event, Event>; readonly paired: ReadonlySet<Event> };

/** Pairs by `tool_call_id`. The same id may come again in what was replayed: each result goes to the call before it. */
function pair(pages: readonly Page[]): Pairs {
  const open = new Map<string, Event>();
  const resultOf = new Map<Event, Event>();
  const paired = new Set<Event>();
  for (const page of pages)
    for (const event of page) {
      if (event.tool_call_id === null) continue;
      if (event.kind === "tool_call") open.set(event.tool_call_id, event);
      const call = event.kind === "tool_result" ? open.get(event.tool_call_id) : undefined;
      if (!call || resultOf.has(call)) continue;
      resultOf.set(call, event);
      paired.add(event);
    }
  return { resultOf, paired };
}

type Run =
  | { readonly kind: "talk"; readonly row: Row }
  | { readonly kind: "work"; readonly members: readonly Member[]; readonly live: boolean };

/** A page as talk, and runs of work between it. */
function runs(page: Page, pairs: Pairs, live: boolean): Run[] {
  const out: Run[] = [];
  let work: Member[] = [];
  const flush = (atEnd: boolean) => {
    if (work.length > 0) out.push({ kind: "work", members: work, live: atEnd && live });
    work = [];
  };
  for (const event of page) {
    if (pairs.paired.has(event)) continue;
    const row = rowOf(event, pairs);
    const last = work.at(-1);
    if (row.kind === "noise" && last?.kind === "noise")
      work[work.length - 1] = { ...last, events: [...last.events, event] };
    else if (row.kind === "thinking" || row.kind === "noise" || row.kind === "step") work.push(row);
    else {
      flush(false);
      talk(out, row);
    }
  }
  flush(true);
  return out;
}

/** A mark and the summary that follows it are one compaction. */
function talk(out: Run[], row: Row): void {
  const last = out.at(-1);
  if (row.kind !== "compaction" || last?.kind !== "talk" || last.row.kind !== "compaction")
    return void out.push({ kind: "talk", row });
  out[out.length - 1] = { kind: "talk", row: { ...last.row, events: [...last.row.events, ...row.events] } };
}

function rowOf(event: Event, { resultOf }: Pairs): Row {
  const { id } = event;
  switch (event.kind) {
    case "tool_call":
      return { kind: "step", key: `s${id}`, step: { call: event, result: resultOf.get(event) ?? null }, within: false };
    case "tool_result":
      return { kind: "step", key: `s${id}`, step: { call: null, result: event }, within: false };
    case "thinking":
      return { kind: "thinking", key: `t${id}`, event, within: false };
    case "notice":
      return noise(event);
    case "prompt":
      return event.flags.includes("injected") ? noise(event) : { kind: "prompt", key: `p${id}`, event };
    case "reply":
      return { kind: "reply", key: `r${id}`, event };
    case "compaction":
      return { kind: "compaction", key: `c${id}`, events: [event] };
    case "unknown":
      return { kind: "unknown", key: `u${id}`, event };
    default:
      return event.kind satisfies never;
  }
}

const noise = (event: Event): Row => ({ kind: "noise", key: `n${event.id}`, events: [event], within: false });

type Into = { readonly list: Row[]; readonly homes: Map<string, Home> };

function add(run: Run, look: Look, into: Into): void {
  if (run.kind === "talk") return place(run.row, null, into);
  const free = run.live ? run.members.slice(-TAIL) : [];
  const folded = run.live ? run.members.slice(0, -TAIL) : run.members;
  for (const members of portions(folded)) addWork(members, look, into);
  for (const row of free) place(row, null, into);
}

/** Members in portions of at most MOST steps, as even as can be. */
function portions(members: readonly Member[]): (readonly Member[])[] {
  const size = Math.ceil(members.length / Math.ceil(members.length / (MOST * 1.5)));
  const out: (readonly Member[])[] = [];
  for (let at = 0; at < members.length; at += size) out.push(members.slice(at, at + size));
  return out;
}

function addWork(members: readonly Member[], look: Look, into: Into): void {
  const steps = members.filter((member) => member.kind === "step").length;
  if (steps < FOLD) return members.forEach((row) => place(row, null, into));
  const key = `g${members[0]!.key}`;
  const open = look.isOpen(key);
  into.list.push({ kind: "group", key, members, open });
  for (const member of members) {
    const row = { ...member, within: true };
    note(row, key, into);
    if (open) into.list.push(row);
  }
}

function place(row: Row, group: string | null, into: Into): void {
  into.list.push(row);
  note(row, group, into);
}

/** Every event can be found, a result too that is shown with its call. */
function note(row: Row, group: string | null, { homes }: Into): void {
  for (const event of eventsOf(row)) homes.set(event.id, { key: row.key, group });
}

/** The events a row shows. */
export function eventsOf(row: Row): readonly Event[] {
  if (row.kind === "group") return row.members.flatMap(eventsOf);
  if (row.kind === "noise" || row.kind === "compaction") return row.events;
  if (row.kind !== "step") return [row.event];
  return [row.step.call, row.step.result].filter((event) => event !== null);
}

function same(a: Row, b: Row): boolean {
  if (a.kind !== b.kind || isWithin(a) !== isWithin(b)) return false;
  if (a.kind === "group" && b.kind === "group" && a.open !== b.open) return false;
  const [old, now] = [eventsOf(a), eventsOf(b)];
  return old.length === now.length && old.every((event, index) => event === now[index]);
}

const isWithin = (row: Row): boolean => "within" in row && row.within;
