/** What every page says of itself: its title in the tab, and when it has loaded (`<main data-ready="true">`). */
import { createEffect, createSignal, onCleanup } from "solid-js";

const [ready, setReady] = createSignal(false);

/** Whether the page shown has loaded; App puts it on `<main>`. */
export const pageReady = ready;

/** Names the page and says when it is ready. Both are followed while the component lives. */
export function usePage(title: () => string, loaded: () => boolean): void {
  createEffect(() => (document.title = title() === "" ? "Longhouse" : `${title()} · Longhouse`));
  createEffect(() => setReady(loaded()));
  onCleanup(() => setReady(false));
}
