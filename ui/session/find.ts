/** Find in the session: the server goes through all events, loaded or not; the page marks what is on the screen. */
import { useSearchParams } from "@solidjs/router";
import { batch, createEffect, createSignal, on, onCleanup, untrack, type Accessor } from "solid-js";
import { asFault, isAbort } from "../api/call.ts";
import { findEvents } from "../api/events.ts";
import { toast } from "../kit/Toast.tsx";
import { markMatches } from "./marks.ts";
import type { Go } from "./reading.ts";
import { eventsOf } from "./rows.ts";
import type { Scroll } from "./scroll.ts";
import type { Transcript } from "./transcript.ts";

export type Find = {
  readonly isOpen: Accessor<boolean>;
  readonly text: Accessor<string>;
  /** Events found so far; `index` of them is shown, -1 before any. */
  readonly count: Accessor<number>;
  readonly index: Accessor<number>;
  /** The server has not yet come to the end. */
  readonly busy: Accessor<boolean>;
  open(): void;
  close(): void;
  type(text: string): void;
  step(by: 1 | -1): void;
};

/** Typing rests this long before the server is asked (ms). */
const REST_MS = 120;
/** Found events that are counted; more are "and more". */
export const MOST = 20_000;

type Setting = {
  readonly transcript: Transcript;
  readonly scroll: Scroll;
  readonly go: Go;
  readonly list: () => HTMLElement;
};

/** Find for the life of the page. `?find=` opens it with words. */
export function useFind({ transcript, scroll, go, list }: Setting): Find {
  const [search, setSearch] = useSearchParams();
  const first = untrack(() => [search["find"] ?? ""].flat()[0] ?? "");
  const [isOpen, setOpen] = createSignal(first !== "");
  const [text, setText] = createSignal(first);
  const [ids, setIds] = createSignal<readonly string[]>([]);
  const [index, setIndex] = createSignal(-1);
  const [busy, setBusy] = createSignal(false);
  const show = (at: number) => {
    setIndex(at);
    const event = untrack(ids)[at];
    if (event !== undefined) void go({ event });
  };
  const step = (by: 1 | -1) => {
    const all = untrack(ids).length;
    if (all > 0) show((untrack(index) + by + all) % all);
  };
  useSearch({ id: transcript.id, text, setIds, setBusy, reset: () => setIndex(-1) });
  // The first one shown is the nearest from where one reads; without a hint, the last.
  createEffect(
    on([ids, busy], ([found, going]) => {
      if (untrack(index) >= 0 || found.length === 0) return;
      const near = untrack(() => nearest(found, transcript, scroll));
      if (near !== null) show(near);
      else if (!going) show(found.length - 1);
    }),
  );
  markMatches({ list, text: () => (isOpen() ? text().trim() : ""), current: () => ids()[index()] ?? null });
  return {
    isOpen,
    text,
    count: () => ids().length,
    index,
    busy,
    open: () => setOpen(true),
    close() {
      batch(() => (setOpen(false), setText("")));
      setSearch({ find: null }, { replace: true, scroll: false });
    },
    type(typed) {
      setText(typed);
      setSearch({ find: typed.trim() || null }, { replace: true, scroll: false });
    },
    step,
  };
}

type Asking = {
  readonly id: string;
  readonly text: Accessor<string>;
  readonly setIds: (ids: readonly string[]) => void;
  readonly setBusy: (busy: boolean) => void;
  readonly reset: () => void;
};

/** Asks for what is typed, step by step to the session's end; new words end what went before. */
function useSearch({ id, text, setIds, setBusy, reset }: Asking): void {
  let asking = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async (words: string, signal: AbortSignal) => {
    const found: string[] = [];
    let after: string | undefined;
    try {
      do {
        const page = await findEvents(id, words, after, signal);
        found.push(...page.ids);
        if (page.ids.length > 0) setIds([...found]);
        after = page.next ?? undefined;
      } while (after !== undefined && found.length < MOST);
    } catch (error) {
      if (isAbort(error)) return;
      toast({ text: asFault(error).message, tone: "bad" });
    }
    setBusy(false);
  };
  const stop = () => {
    clearTimeout(timer);
    asking.abort();
  };
  createEffect(
    on(text, (typed) => {
      stop();
      asking = new AbortController();
      const words = typed.trim();
      batch(() => (reset(), setIds([]), setBusy(words !== "")));
      if (words !== "") timer = setTimeout(() => void run(words, asking.signal), REST_MS);
    }),
  );
  onCleanup(stop);
}

/** The first found event at or below the top of the screen that is loaded, else the last loaded one above it; null: none is. */
function nearest(found: readonly string[], { rows }: Transcript, scroll: Scroll): number | null {
  const { list } = rows();
  const wanted = new Map(found.map((id, at) => [id, at] as const));
  const at = (row: number) => {
    for (const event of eventsOf(list[row]!)) if (wanted.has(event.id)) return wanted.get(event.id)!;
    return null;
  };
  const top = Math.max(0, scroll.top());
  for (let row = top; row < list.length; row++) if (at(row) !== null) return at(row);
  for (let row = Math.min(top, list.length) - 1; row >= 0; row--) if (at(row) !== null) return at(row);
  return null;
}
