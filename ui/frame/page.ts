/** What every page says of itself: its title in the tab, and when it has loaded (`<main data-ready="true">`). */
import { createEffect, createSignal, onCleanup } from "solid-js";
import { waiting } from "./waiting.ts";

type Ready = { readonly page: symbol; readonly loaded: boolean };
const [ready, setReady] = createSignal<Ready>({ page: Symbol(), loaded: false });

/** Whether the page shown has loaded; App puts it on `<main>`. */
export const pageReady = (): boolean => ready().loaded;

/** The tab's title: how many sessions wait for a person, the page, the app. */
export function tabTitle(title: string, waits: number): string {
  const page = title === "" ? "Longhouse" : `${title} · Longhouse`;
  return waits > 0 ? `(${waits}) ${page}` : page;
}

/** Names the page and says when it is ready. Both are followed while the component lives. */
export function usePage(title: () => string, loaded: () => boolean): void {
  const page = Symbol();
  createEffect(() => (document.title = tabTitle(title(), waiting())));
  createEffect(() => setReady({ page, loaded: loaded() }));
  // The next page may have spoken already when this one goes.
  onCleanup(() => setReady((now) => (now.page === page ? { page, loaded: false } : now)));
}
