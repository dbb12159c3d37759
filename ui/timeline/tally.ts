/** How much there is, in words. */
import { exact, plural } from "../kit/format.ts";
import { TIER_WORDS } from "./search.ts";
import { factsOf, foundBy } from "./facts.ts";
import type { View } from "./view.ts";

/** "9 sessions · all words · 4 ms" for a search, "12,481 sessions" for all; nothing where it would be a guess. */
export function tally(view: View): string {
  const answer = view.answer();
  if (!answer) return "";
  const { entries, next } = view.list();
  if (view.isSearch) {
    const all = next === null ? entries.length : Math.max(entries.length, countedBy(view));
    const open = next !== null && all === entries.length;
    const found = `${exact(all)}${open ? "+" : ""} ${all === 1 && !open ? "session" : "sessions"}`;
    const took =
      answer.tookMs === null
        ? ""
        : `${answer.tookMs < 10 ? answer.tookMs.toFixed(1).replace(/\.0$/, "") : Math.round(answer.tookMs)} ms`;
    return [found, answer.tier && entries.length > 0 ? TIER_WORDS[answer.tier] : "", took]
      .filter((part) => part !== "")
      .join(" · ");
  }
  if (next === null) return plural(entries.length, "session");
  const all = totalOf(view);
  return all > 0 ? plural(all, "session") : "";
}

/** How many sessions a search found, once all of them are counted; 0 = not known. */
function countedBy(view: View): number {
  const found = foundBy(view);
  if (!found || found.partial || view.filters.provider.length > 0) return 0;
  return found.providers.reduce((sum, one) => sum + one.count, 0);
}

/** How many sessions match: the sum over a field that every session has, and that the filters leave free. 0 = not known. */
function totalOf(view: View): number {
  const found = factsOf(view);
  const free = view.filters.since === "" && view.filters.until === "";
  const by = free ? found?.months : view.filters.provider.length === 0 ? found?.providers : undefined;
  return by?.reduce((sum, one) => sum + one.count, 0) ?? 0;
}
