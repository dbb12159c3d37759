/** Where the reader was: scroll and focus, kept in the history entry, so that "back" and a reload find both again. */
import { useBeforeLeave } from "@solidjs/router";
import { createEffect, on, onCleanup, onMount } from "solid-js";

type Place = { readonly y: number; readonly focus: string | null };

const NAME = "place";
const REST_MS = 150;

/** The present list was reached by "back" or "forward". Set before the router hears of it. */
let popped = false;
addEventListener("popstate", () => (popped = true), { capture: true });

/**
 * Keeps the place while the component lives, and finds it again. `list` is what is shown, null until its rows are
 * there; `update` draws what is on the screen after a jump.
 */
export function usePlace(list: () => object | null, update: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Between leaving an entry and its list: what is on the screen then belongs to neither. */
  let held = false;
  let first = true;
  /** Not at the top. Asking the window instead would lay out a whole new list before its frame. */
  let away = false;
  const later = () => {
    away = scrollY > 0;
    clearTimeout(timer);
    timer = setTimeout(() => held || keep(), REST_MS);
  };
  createEffect(
    on(list, (shown) => {
      if (!shown) return;
      held = false;
      if (popped || first) {
        const place = placeHere();
        away = (place?.y ?? 0) > 0;
        restore(place, update);
      } else if (away) scrollTo(0, 0);
      popped = first = false;
    }),
  );
  onMount(() => addEventListener("scroll", later, { passive: true }));
  useBeforeLeave((event) => {
    // On "back" the entry is the other page's already.
    if (typeof event.to === "string") keep();
    held = true;
  });
  onCleanup(() => {
    clearTimeout(timer);
    removeEventListener("scroll", later);
  });
}

// The parse boundary: only `keep` writes under this name.
const placeHere = (): Place | null =>
  ((history.state as Record<string, unknown> | null)?.[NAME] as Place | undefined) ?? null;

/** Whether this history entry was left further down, or with a row's focus. */
export const hasPlace = (): boolean => {
  const place = placeHere();
  return place !== null && (place.y > 0 || place.focus !== null);
};

function keep(): void {
  const focus = document.activeElement?.closest<HTMLElement>("[data-nav]")?.dataset["nav"] ?? null;
  history.replaceState({ ...history.state, [NAME]: { y: scrollY, focus } satisfies Place }, "");
}

function restore(place: Place | null, update: () => void): void {
  if (place) scrollTo(0, place.y);
  update();
  const focus = place?.focus;
  if (!focus) return;
  // The rows that `update` asked for are drawn when the effects that run now have ended.
  queueMicrotask(() =>
    document.querySelector<HTMLElement>(`[data-nav="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true }),
  );
}
