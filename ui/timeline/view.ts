/** One list as it was asked for: filters, rows in order, hits. Views outlive the page, so that "back" finds them as they were. */
import { batch, createSignal, type Accessor } from "solid-js";
import type { Fault } from "../../src/domain/fault.ts";
import type { SessionList } from "../../src/domain/session.ts";
import { asFault, listSessions } from "../api.ts";
import { formatFilters, toQuery, type Filters } from "./filters.ts";
import { createLatest } from "./latest.ts";
import * as lists from "./list.ts";
import { putRows, timeOf } from "./rows.ts";
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
  /** Lets waiting rows in. */
  admit(): void;
  /** Aborts what is on its way; the view can be loaded again. */
  stop(): void;
};

const FIRST_PAGE = 50;
const NEXT_PAGE = 100;
const HITS_PAGE = 20;

/** A view that has not asked anything yet. */
export function createView(filters: Filters): View {
  const isSearch = filters.q.trim() !== "";
  const latest = createLatest();
  const [list, setList] = createSignal(lists.EMPTY);
  const [hits, setHits] = createSignal<Hits>({});
  const [answer, setAnswer] = createSignal<Answer | null>(null);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const [loading, setLoading] = createSignal(false);

  let again = false;

  const ask = (cursor: string | null, taken: (page: SessionList) => void) => {
    setLoading(true);
    const limit = isSearch ? HITS_PAGE : cursor === null ? FIRST_PAGE : NEXT_PAGE;
    const paging = cursor === null ? { limit } : { limit, cursor };
    const query = { ...toQuery(filters), ...paging, ...(isSearch ? { passages: 3 } : {}) };
    latest.ask((signal) => listSessions(query, signal), {
      answer(page) {
        batch(() => (setLoading(false), setFault(null), putRows(page.sessions), taken(page)));
        if (again) load();
      },
      failure: (error) => batch(() => (setLoading(false), setFault(asFault(error)))),
    });
  };
  const takeFirst = (page: SessionList) => {
    // Hits come in the order of relevance: another order is another list.
    const base = isSearch ? lists.EMPTY : list();
    setList(lists.refresh(base, page.sessions, page.next));
    setHits(addHits({}, page.sessions));
    setAnswer(answerOf(page));
  };
  const takeNext = (page: SessionList) => {
    setList((old) => lists.append(old, page.sessions, page.next));
    setHits((old) => addHits(old, page.sessions));
    setAnswer((old) => (old ? { ...old, partial: page.partial ?? false } : answerOf(page)));
  };
  const load = () => {
    again = loading();
    if (!again) ask(null, takeFirst);
  };
  const more = () => {
    const next = list().next;
    if (!loading() && !fault() && next !== null && next !== undefined) ask(next, takeNext);
  };
  const retry = () => {
    setFault(null);
    if (answer() === null) load();
    else more();
  };

  return {
    key: formatFilters(filters),
    filters,
    isSearch,
    list,
    hits,
    answer,
    fault,
    loading,
    heights: new Map(),
    change: (how) => void setList(how),
    load,
    more,
    retry,
    admit: () => void setList((old) => lists.admit(old, timeOf)),
    stop: () => (latest.stop(), setLoading(false)),
  };
}
