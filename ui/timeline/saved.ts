/** The lists that a person keeps under a name. */
import { createSignal } from "solid-js";
import type { SavedView } from "../../src/domain/view.ts";
import { asFault } from "../api/call.ts";
import { addView, deleteView, listViews, patchView } from "../api/views.ts";
import { live } from "../live.ts";
import { toast } from "../kit/Toast.tsx";
import { formatFilters, parseFilters, type Filters } from "./filters.ts";

const [saved, setSaved] = createSignal<readonly SavedView[]>([]);
/** In their order. */
export { saved };

/** The filters of a view. */
export const filtersOf = (view: SavedView): Filters => parseFilters(view.path.split("?")[1] ?? "");

/** The saved view that shows exactly this; null when none does. */
export const savedAs = (filters: Filters): SavedView | null =>
  saved().find((view) => formatFilters(filtersOf(view)) === formatFilters(filters)) ?? null;

const load = (): Promise<void> =>
  listViews().then(
    ({ views }) => void setSaved(views),
    () => {},
  );

let following = false;

/** Keeps the views up to date: another tab's changes are there when this one is looked at. */
export function followSaved(): void {
  void load();
  if (following) return;
  following = true;
  live().onResync(() => void load());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void load());
  addEventListener("focus", () => void load());
}

/** Keeps what is shown under a name. */
export const keep = (name: string, filters: Filters): Promise<boolean> =>
  attempt(() =>
    addView({
      name,
      kind: filters.q.trim() === "" ? "timeline" : "search",
      path: `/timeline${formatFilters(filters)}`,
    }),
  );

/** Gives another name. */
export const rename = (view: SavedView, name: string): Promise<boolean> => attempt(() => patchView(view.id, { name }));

/** Puts a view one place up or down. */
export const move = (view: SavedView, by: 1 | -1): Promise<boolean> =>
  attempt(() => patchView(view.id, { position: Math.max(0, view.position + by) }));

/** Takes a view out; the sessions in it stay. Can be undone. */
export async function discard(view: SavedView): Promise<void> {
  if (!(await attempt(() => deleteView(view.id)))) return;
  const { name, kind, path, position } = view;
  const undo = () => void attempt(() => addView({ name, kind, path, position }));
  toast({ text: `View “${name}” deleted`, action: { label: "Undo", run: undo } });
}

async function attempt(change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    const { message, hint } = asFault(error);
    toast({ text: message, tone: "bad", ...(hint === undefined ? {} : { hint }) });
    return false;
  } finally {
    await load();
  }
}
