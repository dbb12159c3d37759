/** Where the reader was: scroll and focus, kept in the history entry, so that "back" and a reload find both again. */
import { useBeforeLeave } from "@solidjs/router";
import { onCleanup, onMount } from "solid-js";

type Place = { readonly y: number; readonly focus: string | null };

const NAME = "place";
const REST_MS = 150;

/** The place written into the present history entry; null after a fresh navigation. */
export function placeHere(): Place | null {
  // The parse boundary: only `keep` writes under this name.
  return ((history.state as Record<string, unknown> | null)?.[NAME] as Place | undefined) ?? null;
}

/** Keeps the place up to date while the component lives. */
export function useKeepPlace(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let left = false;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => left || keep(), REST_MS);
  };
  onMount(() => addEventListener("scroll", later, { passive: true }));
  // After this the entry is another page's: writing there would mislead it.
  useBeforeLeave((event) => {
    if (typeof event.to === "string") keep();
    left = true;
  });
  onCleanup(() => {
    left = true;
    clearTimeout(timer);
    removeEventListener("scroll", later);
  });
}

function keep(): void {
  const focus = document.activeElement?.closest<HTMLElement>("[data-nav]")?.dataset["nav"] ?? null;
  history.replaceState({ ...history.state, [NAME]: { y: scrollY, focus } satisfies Place }, "");
}

/** Puts scroll and focus back. Call when the rows are in the document. */
export function restorePlace(place: Place): void {
  scrollTo(0, place.y);
  if (place.focus === null) return;
  document.querySelector<HTMLElement>(`[data-nav="${CSS.escape(place.focus)}"]`)?.focus({ preventScroll: true });
}
