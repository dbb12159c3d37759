/**
 * The words in the search box. They rule the list 40 ms after the last key; the address follows 400 ms after it, by
 * replacing, so that "back" leaves the search in one step (and Safari, which allows 100 changes in 30 s, does not throw).
 */
import { useLocation, useNavigate } from "@solidjs/router";
import { createEffect, createMemo, createSignal, on, type Accessor } from "solid-js";
import { formatFilters, parseFilters, type Filters } from "./filters.ts";

const ASK_MS = 40;
const ADDRESS_MS = 400;

/** What was typed and is not in the router's address yet; null = the address says it all. */
const [typed, setTyped] = createSignal<string | null>(null);
/** `typed` once the fingers rest. */
const [settled, setSettled] = createSignal<string | null>(null);
let askTimer: ReturnType<typeof setTimeout> | undefined;
let addressTimer: ReturnType<typeof setTimeout> | undefined;
/** The address of our own navigation: it does not overrule what was typed meanwhile. */
let own: string | null = null;

export const TIMELINE = "/timeline";

/** What the list shows: the address, overruled by what is being typed. Changes only when its text does. */
export function useFilters(): Accessor<Filters> {
  const location = useLocation();
  return createMemo(
    () => {
      const filters = parseFilters(location.search);
      const text = settled();
      return text === null ? filters : { ...filters, q: text };
    },
    undefined,
    { equals: (a, b) => formatFilters(a) === formatFilters(b) },
  );
}

/** Goes to a list with these filters, as a step that "back" undoes. */
export function useShowFilters(): (filters: Filters) => void {
  const navigate = useNavigate();
  return (filters) => navigate(TIMELINE + formatFilters(filters));
}

export type SearchText = {
  readonly text: Accessor<string>;
  type(text: string): void;
  clear(): void;
};

/** The search box's side. Called once, by the frame. */
export function useSearchText(): SearchText {
  const location = useLocation();
  const navigate = useNavigate();
  const here = () => location.pathname === TIMELINE;
  const address = () => (here() ? parseFilters(location.search).q : "");
  createEffect(
    on(
      () => location.pathname + location.search,
      (now) => now === own || forget(),
      { defer: true },
    ),
  );

  const ask = (text: string) => {
    setSettled(text);
    const filters = here() ? parseFilters(location.search) : parseFilters("");
    // Entering a search is a step of its own, from wherever; all further letters change that step.
    if ((here() && address() !== "") || text === "") return;
    own = TIMELINE + formatFilters({ ...filters, q: text });
    navigate(own);
  };
  const type = (text: string) => {
    setTyped(text);
    clearTimeout(askTimer);
    clearTimeout(addressTimer);
    askTimer = setTimeout(() => ask(text), ASK_MS);
    addressTimer = setTimeout(commitText, ADDRESS_MS);
  };
  return { text: () => typed() ?? address(), type, clear: () => type("") };
}

/** Writes what is typed into the address at once: before the page is left. */
export function commitText(): void {
  clearTimeout(addressTimer);
  const text = typed();
  if (text === null || location.pathname !== TIMELINE) return;
  const url = TIMELINE + formatFilters({ ...parseFilters(location.search), q: text });
  if (url !== location.pathname + location.search) history.replaceState(history.state, "", url);
}

function forget(): void {
  clearTimeout(askTimer);
  clearTimeout(addressTimer);
  own = null;
  setTyped(null);
  setSettled(null);
}
