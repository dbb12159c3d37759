/** What happens on a session's page while it is read: jumps, live events, marks of what was seen. */
import { useNavigate } from "@solidjs/router";
import { createEffect, createMemo, createSignal, on, onCleanup, onMount, untrack, type Accessor } from "solid-js";
import type { Event } from "../../src/domain/event.ts";
import { idle, SOON_MS } from "../kit/idle.ts";
import { toast } from "../kit/Toast.tsx";
import { live } from "../live.ts";
import { matchAgents } from "./agents.ts";
import type { SessionView } from "./context.ts";
import { eventPath } from "./Permalink.tsx";
import { promptAt, promptBeside } from "./prompts.ts";
import { eventsOf, type Row, type Step } from "./rows.ts";
import type { Align, Scroll } from "./scroll.ts";
import { lastId } from "./span.ts";
import type { SessionStore } from "./store.ts";
import type { Place, Transcript } from "./transcript.ts";
import { headOf } from "./words.ts";

export type Go = (place: Place, align?: Align) => Promise<void>;

/** Goes to a place, loaded or not. */
export function useGo(transcript: Transcript, scroll: Scroll): Go {
  return async (place, align = "center") => {
    const opened = await transcript.open(place);
    if (opened === "there") return show(transcript, scroll, { place, align });
    const { message = "That event is not in this session any more", hint = undefined } =
      (opened === "failed" && transcript.fault()) || {};
    toast({ text: message, tone: "bad", ...(hint ? { hint } : {}) });
  };
}

/** What is folded around an event is unfolded first: a link leads to text, not to a line that hides it. */
export function show({ rows, reveal }: Transcript, scroll: Scroll, to: { place: Place; align: Align }): void {
  const home = typeof to.place === "object" ? untrack(rows).homes.get(to.place.event) : undefined;
  if (home) reveal(home);
  scroll.show(to.place, to.align);
}

/** Follows the address, and writes into it: the function goes to an event so that the page can be reloaded there. */
export function useJump(id: string, target: Accessor<string | null>, go: Go): (event: string) => void {
  const navigate = useNavigate();
  // From outside a place is looked at, from the outline it is read on from.
  let align: Align = "center";
  createEffect(
    on(
      target,
      (event) => {
        if (event !== null) void go({ event }, align);
        align = "center";
      },
      { defer: true },
    ),
  );
  return (event) => {
    if (untrack(target) === event) return void go({ event }, "top");
    align = "top";
    navigate(eventPath(id, event), { replace: true, scroll: false });
  };
}

/** The prompts of the whole session, which one is on the screen, and a step to the next. */
export function usePrompts(store: SessionStore, transcript: Transcript, scroll: Scroll, go: Go) {
  const rows = () => transcript.rows().list;
  // Not before the page stands.
  onMount(() => idle(() => void store.loadPrompts(), SOON_MS));
  const all = createMemo<readonly Event[]>(() => withNew(store.prompts(), rows()));
  return {
    all,
    current: createMemo(() => promptAt(rows(), scroll.top(), all())),
    step(by: 1 | -1) {
      const next = untrack(() => promptBeside(rows(), scroll.top(), all(), by));
      if (next !== null) return void go({ event: next }, "top");
      void go(by > 0 ? "end" : "start");
    },
  };
}

/** Prompts that came after the outline was fetched. */
function withNew(fetched: readonly Event[], rows: readonly Row[]): readonly Event[] {
  const known = new Set(fetched.map((prompt) => prompt.id));
  const last = fetched.at(-1);
  const fresh = rows.flatMap((row) => (row.kind === "prompt" && !known.has(row.event.id) ? [row.event] : []));
  return [...fetched, ...fresh.filter((prompt) => !last?.at || !prompt.at || prompt.at >= last.at)];
}

/** Sub-agents by the step that called them. */
export function useChildren(store: SessionStore, { rows }: Transcript): SessionView["childOf"] {
  const found = createMemo(() => {
    const children = store.session()?.children ?? [];
    if (children.length === 0) return null;
    const steps = rows().list.flatMap(stepsOf);
    return matchAgents(steps, children);
  });
  return (step) => found()?.get(headOf(step).id) ?? null;
}

function stepsOf(row: Row): readonly Step[] {
  // Unfolded members stand in the list themselves.
  if (row.kind === "group") return row.open ? [] : row.members.flatMap(stepsOf);
  return row.kind === "step" ? [row.step] : [];
}

/** Fetches when the feed rings for this session, and looks again when frames were missed. */
export function useDoorbell(transcript: Transcript, scroll: Scroll): void {
  let known: number | null = null;
  const here = (): Place => {
    const row = transcript.rows().list[scroll.top()];
    return scroll.following() || !row ? "end" : { event: eventsOf(row)[0]!.id };
  };
  const ring = (revision: number) => {
    const changed = revision !== known;
    known = revision;
    // The first ring does not say whether something changed since the page was fetched.
    void (changed ? transcript.renew(() => untrack(here)) : transcript.catchUp());
  };
  onCleanup(
    live().onFrame((frame) => frame.type === "events" && frame.session_id === transcript.id && ring(frame.revision)),
  );
  onCleanup(
    live().onResync(() => {
      known = null;
      void transcript.catchUp();
    }),
  );
}

/** An unread session is read once its end was on the screen. */
export function useReadMark(store: SessionStore, { span }: Transcript, scroll: Scroll): void {
  createEffect(() => {
    const last = lastId(span());
    if (store.session()?.unread && scroll.following() && span().next === null && last !== null) store.read(last);
  });
}

/** Unfolds or folds the row that has the focus, else the first on the screen that can. */
export function toggleHere(list: HTMLElement): void {
  const focused = document.activeElement?.closest("[data-kind]");
  const all = [...list.querySelectorAll<HTMLElement>("[data-kind] [aria-expanded]")];
  const inside = focused && list.contains(focused) ? focused.querySelector<HTMLElement>("[aria-expanded]") : null;
  const seen = all.find((button) => button.getBoundingClientRect().top > 110);
  const button = inside ?? seen;
  button?.focus({ preventScroll: true });
  button?.click();
}

/** A value set by a child when it is drawn. */
export function useElement(): [get: () => HTMLElement, set: (element: HTMLElement) => void] {
  const [element, setElement] = createSignal<HTMLElement>();
  return [() => untrack(element)!, (value) => void setElement(() => value)];
}
