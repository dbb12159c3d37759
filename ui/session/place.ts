/** Where reading begins: where it was left in this history entry, else at the event of the address, else at the end. */
import { useSearchParams } from "@solidjs/router";
import { createSignal, onCleanup, onMount, untrack, type Accessor } from "solid-js";
import { toast } from "../kit/Toast.tsx";
import { eventsOf } from "./rows.ts";
import type { Scroll } from "./scroll.ts";
import type { Place, Transcript } from "./transcript.ts";

/** A place with what of it was in sight. `y`: px from the top of the window to the event's row. */
export type FirstPlace = { readonly place: Place; readonly y?: number };

const NAME = "reading";
const REST_MS = 150;

/** `session`: a new entry begins with the state of the one before it. */
type Kept = { readonly session: string; readonly event: string | null; readonly y: number };

/** The event that the address names. */
export function useTarget(): Accessor<string | null> {
  const [search] = useSearchParams();
  return () => [search["event"] ?? null].flat()[0] ?? null;
}

/** Loads the stretch to begin with; null until it is there or will not come. */
export function useFirstPlace(transcript: Transcript): Accessor<FirstPlace | null> {
  const [first, setFirst] = createSignal<FirstPlace | null>(null);
  const wanted = untrack(useTarget());
  // The parse boundary: only `useKeptPlace` writes under this name.
  const left = (history.state as Record<string, unknown> | null)?.[NAME] as Kept | undefined;
  const kept = left?.session === transcript.id ? left : null;
  const found = async (event: string) => (await transcript.open({ event })) !== "gone";
  const homeOf = (event: string) => untrack(transcript.rows).homes.get(event);
  const begin = async (): Promise<FirstPlace> => {
    if (kept?.event && (await found(kept.event))) {
      const group = homeOf(kept.event)?.group;
      if (group) transcript.setOpen(group, true);
      return { place: { event: kept.event }, y: kept.y };
    }
    if (wanted !== null && !kept) {
      if (await found(wanted)) {
        const home = homeOf(wanted);
        if (home) transcript.reveal(home);
        return { place: { event: wanted } };
      }
      toast({ text: "That event is not in this session any more", hint: "Its agent has rewritten it." });
    }
    await transcript.open("end");
    return { place: "end" };
  };
  void begin().then(setFirst);
  return first;
}

/** Writes into the history entry where the reader rests, so that "back" and a reload come to it. */
export function useKeptPlace(transcript: Transcript, scroll: Scroll): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = () => {
    const kept = untrack(() => keptPlace(transcript, scroll));
    if (kept) history.replaceState({ ...history.state, [NAME]: kept }, "");
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, REST_MS);
  };
  onMount(() => addEventListener("scroll", later, { passive: true }));
  onCleanup(() => {
    clearTimeout(timer);
    removeEventListener("scroll", later);
  });
}

function keptPlace({ id, rows }: Transcript, scroll: Scroll): Kept | null {
  if (scroll.following()) return { session: id, event: null, y: 0 };
  const row = rows().list[scroll.top()];
  const event = row && eventsOf(row)[0]!.id;
  const element = event && document.querySelector(`[data-event-id="${event}"]`);
  return element ? { session: id, event, y: Math.round(element.getBoundingClientRect().top) } : null;
}
