/**
 * The background tier of a search: where the walk ended before the oldest sessions, it looks for the best of all time. What
 * the reader looks at stays where it is; what is better waits below until it is let up.
 */
import { batch, createSignal, type Accessor } from "solid-js";
import type { SessionList } from "../../src/domain/session.ts";
import { createLatest } from "./latest.ts";
import * as lists from "./list.ts";
import { putRows } from "./rows.ts";
import { addHits, type Answer, type Hits } from "./search.ts";

/** Rest before it looks: whoever types on wants another answer. */
const REST_MS = 300;

export type Deepener = {
  readonly better: Accessor<readonly string[]>;
  deepen(seen: () => number): void;
  /** Puts everything into the order of the longer look. */
  admit(): void;
  stop(): void;
};

type Shown = {
  readonly list: Accessor<lists.List>;
  setList(how: (old: lists.List) => lists.List): unknown;
  setHits(how: (old: Hits) => Hits): unknown;
  setAnswer(how: (old: Answer | null) => Answer | null): unknown;
};

/** Looks once, and again only after it was stopped. A failure leaves the list as it is. */
export function createDeepener(ask: (signal: AbortSignal) => Promise<SessionList>, shown: Shown): Deepener {
  const latest = createLatest();
  const [better, setBetter] = createSignal<readonly string[]>([]);
  let looking = false;
  let found: SessionList | null = null;
  const take = (told: SessionList, seen: number, askedAt: number) => {
    const kept = new Set(
      shown
        .list()
        .entries.slice(0, seen)
        .map((entry) => entry.id),
    );
    const tier = shown.list().entries.length === 0 ? told.tier : undefined;
    batch(() => {
      const page = { ...told, sessions: putRows(told.sessions, askedAt) };
      found = page;
      // Who speaks alone says how it knows.
      shown.setAnswer((old) => old && { ...old, tier: tier ?? old.tier });
      setBetter(lists.above(shown.list(), page.sessions, seen));
      shown.setList((old) => endedBy(page, lists.deepen(old, page.sessions, seen)));
      // More passages would make rows higher that are being looked at.
      shown.setHits((old) =>
        addHits(
          old,
          page.sessions.filter((session) => !kept.has(session.id)),
        ),
      );
    });
  };
  return {
    better,
    deepen(seen) {
      if (looking) return;
      looking = true;
      const askedAt = performance.now();
      latest.ask(ask, { answer: (page) => take(page, seen(), askedAt), failure: () => {} }, REST_MS);
    },
    admit() {
      const sessions = found?.sessions ?? [];
      batch(() => {
        shown.setList((old) => lists.deepen(old, sessions, 0));
        shown.setHits((old) => addHits(old, sessions));
        setBetter([]);
      });
    },
    stop() {
      latest.stop();
      looking = found !== null;
    },
  };
}

/** A longer look that found all there is ends the list. */
const endedBy = ({ next }: SessionList, list: lists.List): lists.List => (next === null ? { ...list, next } : list);
