/** What a view's menus and facets offer, with counts: of what is left under its filters, of what its search found. */
import { createSignal, untrack } from "solid-js";
import { listFacets, listFilters, type Filters as Counts } from "../api/sessions.ts";
import { isAll, toQuery, type Filters } from "./filters.ts";
import { createLatest } from "./latest.ts";
import { counts } from "./store.ts";
import { ZONE, type View } from "./view.ts";

const [facts, setFacts] = createSignal<{ readonly key: string; readonly found: Counts } | null>(null);
const latest = createLatest();
/** Counting follows the hits once the fingers rest. */
const REST_MS = 150;

/** What was counted for the view; null while that is not known. */
export const foundBy = (view: View): Counts | null => (facts()?.key === view.key ? facts()!.found : null);

/** What is left to choose from under the view; all there is while that is not known. */
export const factsOf = (view: View): Counts | null => foundBy(view) ?? counts();

/** Counts for a list, or for a search once it is answered; what is on its way for another is dropped. */
export function loadFacts(view: View): void {
  const { key, filters, isSearch } = view;
  const waits = isSearch && (view.answer() === null || untrack(() => foundBy(view)) !== null);
  if (isAll(filters) || waits) return latest.stop();
  const ask = isSearch ? countFound : (asked: Filters, signal: AbortSignal) => listFilters(toQuery(asked), signal);
  latest.ask(
    (signal) => ask(filters, signal),
    {
      answer: (found) => void setFacts({ key, found }),
      // Menus without counts are menus still.
      failure: () => {},
    },
    isSearch ? REST_MS : 0,
  );
}

const COLUMNS = [
  { field: "provider", counts: "providers" },
  { field: "project", counts: "projects" },
  { field: "device", counts: "devices" },
  { field: "branch", counts: "branches" },
  { field: "tag", counts: "tags" },
] as const;

/** A field's own filter does not count for it: its other values can still be chosen. */
async function countFound(filters: Filters, signal: AbortSignal): Promise<Counts> {
  const ask = (asked: Filters) => listFacets({ ...toQuery(asked), tz: ZONE }, signal);
  const narrowed = COLUMNS.filter(({ field }) => filters[field].length > 0);
  const dated = filters.since !== "" || filters.until !== "";
  const [found, months, ...others] = await Promise.all([
    ask(filters),
    dated ? ask({ ...filters, since: "", until: "" }) : null,
    ...narrowed.map(async ({ field, counts }) => {
      const without = await ask({ ...filters, [field]: [] });
      return { [counts]: without[counts] ?? [] };
    }),
  ]);
  return Object.assign({ ...found, months: months?.months ?? found.months }, ...others) as Counts;
}
