/** What is loaded of one session's events, what is unfolded of it, and how more is fetched. One per page shown. */
import { batch, createMemo, createSignal, untrack, type Accessor } from "solid-js";
import { createStore } from "solid-js/store";
import type { Event } from "../../src/domain/event.ts";
import type { Fault } from "../../src/domain/fault.ts";
import { asFault, isAbort } from "../api/call.ts";
import { getEvent, listEvents, type EventPage, type EventQuery } from "../api/events.ts";
import { buildRows, keepRows, NO_ROWS, type Home, type Rows } from "./rows.ts";
import * as spans from "./span.ts";

/** An event's id, or one of the session's ends. */
export type Place = { readonly event: string } | "start" | "end";
export type Side = "start" | "end";
/** `gone`: the session has no such event. `failed`: see `fault`; what was loaded before is still there. */
export type Opened = "there" | "gone" | "failed";

export type Transcript = {
  readonly id: string;
  readonly rows: Accessor<Rows>;
  readonly span: Accessor<spans.Span>;
  /** The first page is there, or will not come. */
  readonly loaded: Accessor<boolean>;
  readonly fault: Accessor<Fault | null>;
  /** Whether more is on its way at this end, or failed to come. */
  readonly edge: (side: Side) => "idle" | "busy" | "failed";
  /** Loads the stretch around a place unless it is there. */
  open(place: Place): Promise<Opened>;
  /** Fetches the next page at one end; nothing at the session's ends, while one is on its way or after a failure. */
  more(side: Side): void;
  /** Tries again after a failure at that end. */
  retry(side: Side): void;
  /** Fetches what came after the last event; only when the end is loaded. */
  catchUp(): Promise<void>;
  /**
   * Fetches the stretch around a place again, for events in it have changed; what is shown stays until it is there.
   * Asked again meanwhile, it does it once more. A jump on its way is not disturbed.
   */
  renew(place: () => Place): Promise<void>;
  readonly isOpen: (key: string) => boolean;
  setOpen(key: string, open: boolean): void;
  /** Unfolds the group and the row of an event. */
  reveal(home: Home): void;
  /** The whole event when it was fetched, else the one given. */
  readonly whole: (event: Event) => Event;
  loadWhole(event: Event): Promise<void>;
  stop(): void;
};

/** The first page is small, so that it is read and drawn at once; the next ones come before they are needed. */
const FIRST = 100;
const NEXT = 200;

/** A transcript that has not asked anything yet. `live`: the agent is at work. */
export function createTranscript(id: string, live: Accessor<boolean>): Transcript {
  const [span, setSpan] = createSignal(spans.EMPTY);
  const [loaded, setLoaded] = createSignal(false);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const folds = createFolds();
  const fetcher = createFetcher(id);
  const edges = createEdges(span, setSpan, fetcher);
  const atWork = createMemo(() => live() && span().next === null);
  const rows = createMemo<Rows>(
    (before) => keepRows(before, buildRows(span().pages, { isOpen: folds.isOpen, live: atWork() })),
    NO_ROWS,
  );

  const load = async (place: Place, limit: number): Promise<Opened> => {
    edges.stop();
    try {
      const page = await fetcher.fresh(queryOf(place, limit));
      batch(() => (setSpan(spans.begin(page)), setFault(null), setLoaded(true)));
      return "there";
    } catch (error) {
      // Whoever aborted asked for something else, and is told of that.
      if (isAbort(error)) return "there";
      const failed = asFault(error);
      // The event is gone, the session may not be.
      if (typeof place === "object" && failed.code === "not_found") return "gone";
      batch(() => (setFault(failed), setLoaded(true)));
      return "failed";
    }
  };
  const isThere = (place: Place): boolean => {
    if (span().pages.length === 0) return false;
    if (typeof place === "object") return spans.holds(span(), place.event);
    return (place === "start" ? span().prev : span().next) === null;
  };
  return {
    id,
    rows,
    span,
    loaded,
    fault,
    edge: edges.state,
    open: async (place) => (untrack(() => isThere(place)) ? "there" : load(place, FIRST)),
    more: edges.more,
    retry: edges.retry,
    catchUp: edges.catchUp,
    renew: createRenewal(fetcher, async (place) => {
      if ((await load(place(), NEXT)) === "gone") await load("end", FIRST);
    }),
    ...folds,
    ...createWholes(id),
    stop: fetcher.stop,
  };
}

function queryOf(place: Place, limit: number): EventQuery {
  if (place === "start") return { limit };
  return place === "end" ? { before: "end", limit } : { around: place.event, limit };
}

type Fetcher = ReturnType<typeof createFetcher>;

/** Asks for pages. A fresh start aborts everything on its way; what continues the old stretch is of no use then. */
function createFetcher(id: string) {
  let current = new AbortController();
  let fresh: Promise<unknown> = Promise.resolve();
  let stopped = false;
  return {
    fresh(query: EventQuery): Promise<EventPage> {
      current.abort();
      if (!stopped) current = new AbortController();
      const page = listEvents(id, query, current.signal);
      fresh = page.catch(() => undefined);
      return page;
    },
    isStopped: () => stopped,
    /** When the last fresh start has come or failed. */
    rested: () => fresh,
    next: (query: EventQuery): Promise<EventPage> => listEvents(id, { limit: NEXT, ...query }, current.signal),
    stop() {
      stopped = true;
      current.abort();
    },
  };
}

/** While a session is read in for the first time, changes come many times a second (ms). */
const RENEW_MS = 300;

/** One renewal at a time, after what is on its way, and not too often. */
function createRenewal(fetcher: Fetcher, load: (place: () => Place) => Promise<void>): Transcript["renew"] {
  let running = false;
  let again = false;
  return async (place) => {
    again = true;
    if (running) return;
    running = true;
    while (again && !fetcher.isStopped()) {
      await fetcher.rested();
      again = false;
      await load(place);
      await new Promise((done) => setTimeout(done, RENEW_MS));
    }
    running = false;
  };
}

/** Both ends of the stretch, each with at most one page on its way. */
function createEdges(span: Accessor<spans.Span>, setSpan: (span: spans.Span) => void, fetcher: Fetcher) {
  const [states, setStates] = createStore<Record<Side, "idle" | "busy" | "failed">>({ start: "idle", end: "idle" });
  let again = false;
  const fetch = async (side: Side, query: EventQuery, base = (now: spans.Span) => now) => {
    setStates(side, "busy");
    try {
      const page = await fetcher.next(query);
      // Looked at only now: the stretch may have grown at its other end meanwhile.
      const now = base(untrack(span));
      batch(() => {
        setSpan(side === "start" ? spans.prepend(now, page) : spans.append(now, page));
        setStates(side, "idle");
      });
    } catch (error) {
      setStates(side, isAbort(error) ? "idle" : "failed");
    }
  };
  const more = (side: Side): void =>
    untrack(() => {
      const { prev, next } = span();
      if (states[side] !== "idle") return;
      if (side === "start" && prev !== null) void fetch(side, { before: prev });
      if (side === "end" && next !== null) void fetch(side, { after: next });
    });
  const catchUp = async (): Promise<void> => {
    if (untrack(span).next !== null) return;
    again = states.end === "busy";
    // The answer on its way may be older than what the bell rings for.
    if (again) return;
    const last = spans.lastId(spans.settle(untrack(span)));
    if (last !== null) await fetch("end", { after: last }, spans.settle);
    if (again) await catchUp();
  };
  return {
    state: (side: Side) => states[side],
    more,
    retry: (side: Side) => (setStates(side, "idle"), more(side)),
    stop: () => setStates({ start: "idle", end: "idle" }),
    catchUp,
  };
}

/** What is unfolded, by row key. */
function createFolds() {
  const [opened, setOpened] = createStore<Record<string, boolean>>({});
  const setOpen = (key: string, open: boolean) => setOpened(key, open);
  return {
    isOpen: (key: string): boolean => opened[key] ?? false,
    setOpen,
    reveal({ key, group }: Home) {
      batch(() => {
        if (group !== null) setOpen(group, true);
        setOpen(key, true);
      });
    },
  };
}

/** Events whose texts a page had cut, fetched whole when someone wants to read on. */
function createWholes(id: string) {
  const [wholes, setWholes] = createSignal<ReadonlyMap<string, Event>>(new Map());
  return {
    whole: (event: Event): Event => wholes().get(event.id) ?? event,
    async loadWhole(event: Event): Promise<void> {
      const whole = await getEvent(id, event.id);
      setWholes((old) => new Map(old).set(event.id, whole));
    },
  };
}
