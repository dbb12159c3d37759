/** One list as it was asked for: filters, rows in order, hits. Views outlive the page, so that "back" finds them as they were. */
import { batch, createSignal, type Accessor } from "solid-js";
import type { Fault } from "../../src/domain/fault.ts";
import type { SessionList } from "../../src/domain/session.ts";
import { asFault } from "../api/call.ts";
import { listSessions, type SessionQuery } from "../api/sessions.ts";
import { formatFilters, toQuery, type Filters } from "./filters.ts";
import { createDeepener, type Deepener } from "./deepen.ts";
import { createLatest } from "./latest.ts";
import * as lists from "./list.ts";
import { putRows, row, timeOf, toldSince } from "./rows.ts";
import { addHits, answerOf, type Answer, type Hits } from "./search.ts";

export type View = {
  readonly key: string;
  readonly filters: Filters;
  readonly isSearch: boolean;
  readonly list: Accessor<lists.List>;
  readonly hits: Accessor<Hits>;
  /** null until the first page is there. */
  readonly answer: Accessor<Answer | null>;
  readonly fault: Accessor<Fault | null>;
  readonly loading: Accessor<boolean>;
  /** Ids of the sessions that wait for the person, wherever in the list they stand; none in a search. */
  readonly waiting: Accessor<readonly string[]>;
  /** A session has begun to wait. */
  waits(id: string): void;
  /** Heights of chunks that are put away, px. */
  readonly heights: Map<string, number>;
  /** Changes the list, in one step. */
  change(how: (list: lists.List) => lists.List): void;
  /** Fetches the first page, or again after frames may have been missed; once more when one is on its way. */
  load(): void;
  /** Fetches the next page; does nothing at the end, after a fault, or while one is on its way. */
  more(): void;
  /** Tries again what failed. */
  retry(): void;
  /** Ids of what a longer look found to be better than rows that are being looked at; they wait below them. */
  readonly better: Accessor<readonly string[]>;
  /** Looks once for the best of all time; `seen` = how many rows must stay where they are. */
  deepen(seen: () => number): void;
  /** Lets waiting rows in, and better ones up. */
  admit(): void;
  /** Aborts what is on its way; the view can be loaded again. */
  stop(): void;
};

const FIRST_PAGE = 50;
const NEXT_PAGE = 100;
const HITS_PAGE = 20;
/** Days in a query are days here. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A view that has not asked anything yet. */
export function createView(filters: Filters): View {
  const state = createState();
  const pager = createPager(filters, state);
  const deepener = createDeepener(
    (signal) => listSessions({ ...questionOf(filters, null), thorough: 1, semantic: 1 }, signal),
    state,
  );
  return {
    key: formatFilters(filters),
    filters,
    isSearch: isSearch(filters),
    list: state.list,
    hits: state.hits,
    answer: state.answer,
    fault: state.fault,
    loading: state.loading,
    waiting: () => state.mayWait().filter((id) => row(id)?.state === "waiting"),
    waits: (id) => void state.setMayWait((old) => (old.includes(id) ? old : [id, ...old])),
    heights: new Map(),
    change: (how) => void state.setList(how),
    ...pager,
    ...controls(pager, deepener, state),
  };
}

function controls(pager: Pager, deepener: Deepener, state: State): Pick<View, "admit" | "better" | "deepen" | "stop"> {
  return {
    better: deepener.better,
    deepen: deepener.deepen,
    admit() {
      if (deepener.better().length > 0) deepener.admit();
      else state.setList((old) => lists.admit(old, timeOf));
    },
    stop: () => (pager.stop(), deepener.stop()),
  };
}

const isSearch = (filters: Filters): boolean => filters.q.trim() !== "";

type State = ReturnType<typeof createState>;

function createState() {
  const [list, setList] = createSignal(lists.EMPTY);
  const [hits, setHits] = createSignal<Hits>({});
  const [answer, setAnswer] = createSignal<Answer | null>(null);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const [loading, setLoading] = createSignal(false);
  /** Those that waited when they were looked at last, and have begun to since. */
  const [mayWait, setMayWait] = createSignal<readonly string[]>([]);
  return { mayWait, setMayWait, list, setList, hits, setHits, answer, setAnswer, fault, setFault, loading, setLoading };
}

type Pager = Pick<View, "load" | "more" | "retry" | "stop">;

/** Asks for pages, one at a time, and puts the answers into the view's state. */
function createPager(filters: Filters, state: State): Pager {
  const latest = createLatest();
  let again = false;
  const ask = (cursor: string | null) => {
    state.setLoading(true);
    latest.ask((signal) => fetchPage(filters, cursor, signal), {
      answer({ page: told, waiting, askedAt }) {
        batch(() => {
          state.setLoading(false);
          state.setFault(null);
          const page = { ...told, sessions: putRows(told.sessions, askedAt) };
          if (waiting) takeWaiting(state, waiting, askedAt);
          if (cursor === null) takeFirst(filters, state, page, askedAt);
          else takeNext(state, page);
        });
        if (again) load();
      },
      failure: (error) => batch(() => (state.setLoading(false), state.setFault(asFault(error)))),
    });
  };
  const load = () => {
    again = state.loading();
    if (again) return;
    ask(null);
  };
  const more = () => {
    const { next } = state.list();
    if (!state.loading() && !state.fault() && next !== null && next !== undefined) ask(next);
  };
  const retry = () => {
    state.setFault(null);
    if (state.answer() === null) load();
    else more();
  };
  return { load, more, retry, stop: () => (latest.stop(), state.setLoading(false)) };
}

/** A page; with the first of a list also who waits, however long ago that began: they stand first. */
async function fetchPage(filters: Filters, cursor: string | null, signal: AbortSignal): Promise<Fetched> {
  const askedAt = performance.now();
  const page = listSessions(questionOf(filters, cursor), signal);
  if (cursor !== null || isSearch(filters) || filters.state.length > 0)
    return { page: await page, waiting: null, askedAt };
  const asked = { ...toQuery(filters), state: "waiting", limit: NEXT_PAGE };
  // The list is worth showing without them too.
  const [first, found] = await Promise.all([page, listSessions(asked, signal).catch(() => null)]);
  return { page: first, waiting: found && found.sessions, askedAt };
}

type Fetched = {
  readonly page: SessionList;
  readonly waiting: SessionList["sessions"] | null;
  /** performance.now() */
  readonly askedAt: number;
};

/** Who waits, and who has begun to since it was asked. */
function takeWaiting(state: State, sessions: SessionList["sessions"], askedAt: number): void {
  const ids = putRows(sessions, askedAt).map((session) => session.id);
  state.setMayWait((old) => [...new Set([...ids, ...old.filter((id) => row(id)?.state === "waiting")])]);
}

function questionOf(filters: Filters, cursor: string | null): SessionQuery {
  const asked = toQuery(filters);
  if (isSearch(filters))
    return { ...asked, tz: ZONE, limit: HITS_PAGE, passages: 3, ...(cursor === null ? {} : { cursor }) };
  return cursor === null ? { ...asked, limit: FIRST_PAGE } : { ...asked, limit: NEXT_PAGE, cursor };
}

function takeFirst(filters: Filters, state: State, page: SessionList, askedAt: number): void {
  // Hits come in the order of relevance: another order is another list.
  const base = isSearch(filters) ? lists.EMPTY : state.list();
  state.setList(lists.refresh(base, page, (id) => toldSince(id, askedAt)));
  state.setHits(addHits({}, page.sessions));
  state.setAnswer(answerOf(page));
}

function takeNext(state: State, page: SessionList): void {
  // The tier that spoke is that of the first page with anything in it.
  const nothingYet = state.list().entries.length === 0;
  state.setList((old) => lists.append(old, page.sessions, page.next));
  state.setHits((old) => addHits(old, page.sessions));
  // A slow machine's pages are all short: it goes on by itself until there is a whole one, then as the reader does.
  const enough = page.sessions.length > 0 && state.list().entries.length >= HITS_PAGE;
  const { partial, ...answer } = answerOf(page);
  const goesOn = { partial: partial && !enough };
  state.setAnswer((old) => (old && !nothingYet ? { ...old, ...goesOn, cut: answer.cut } : { ...answer, ...goesOn }));
}
