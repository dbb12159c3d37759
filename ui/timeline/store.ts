/** The timeline's memory: the views seen lately, what the live feed says to them, and the facts beside the list. */
import { batch, createSignal, untrack } from "solid-js";
import type { Frame, ImportProgress } from "../../src/domain/frame.ts";
import type { Session } from "../../src/domain/session.ts";
import type { StatusError } from "../../src/domain/status.ts";
import { getStatus } from "../api/server.ts";
import { listFilters, type Filters as Counts } from "../api/sessions.ts";
import { live } from "../live.ts";
import { accepts, formatFilters, isAll, type Filters } from "./filters.ts";
import { arrive, remove } from "./list.ts";
import { childrenOf, dropRow, row, tellRow } from "./rows.ts";
import { createView, type View } from "./view.ts";

/** Lists are kept for "back"; searches of half-typed words are worth little. */
const KEPT = { lists: 4, searches: 4 };
const views = new Map<string, View>();

const [counts, setCounts] = createSignal<Counts | null>(null);
const [problems, setProblems] = createSignal<readonly StatusError[]>([]);
let counting: Promise<void> | undefined;
const [importing, setImporting] = createSignal<ImportProgress | null>(null);

/** Values to filter by, with how many sessions have them; null until known. */
export { counts };
/** Progress of a first import; null when none runs. */
export { importing };
/** What the server says is wrong with it. */
export { problems };

/** The view of these filters: the one kept, else a new one that loads. Never more than a few are kept. */
export function viewOf(filters: Filters): View {
  const key = formatFilters(filters);
  const view = views.get(key) ?? createView(filters);
  // Put last = used last.
  views.delete(key);
  views.set(key, view);
  forgetOldest(
    [...views.values()].filter((one) => one.isSearch === view.isSearch),
    view.isSearch ? KEPT.searches : KEPT.lists,
  );
  untrack(() => view.answer() === null && !view.loading() && view.load());
  return view;
}

function forgetOldest(used: readonly View[], kept: number): void {
  for (const view of used.slice(0, Math.max(0, used.length - kept))) {
    view.stop();
    views.delete(view.key);
  }
}

/** Fetches what filters can choose from. A server without that route only leaves the menus empty. */
export function loadCounts(): Promise<void> {
  const ask = async () => {
    setCounts(await listFilters({}).catch(() => counts()));
    counting = undefined;
  };
  return (counting ??= ask());
}

const COUNT_MS = 1500;
let countTimer: ReturnType<typeof setTimeout> | undefined;

/** Counts anew at most every 1.5 s, however many sessions an import brings. */
function countSoon(): void {
  countTimer ??= setTimeout(() => {
    countTimer = undefined;
    void loadCounts();
  }, COUNT_MS);
}

function take(frame: Frame): void {
  if (frame.type === "session") takeSession(frame.session);
  if (frame.type === "import") setImporting(frame.import);
  if (frame.type !== "session_deleted") return;
  for (const view of views.values()) view.change((list) => remove(list, frame.id));
  dropRow(frame.id);
}

function takeSession(session: Session): void {
  // A new session may bring a project, a machine or an agent to filter by.
  if (!row(session.id)) countSoon();
  tellRow(session);
  if (session.parent_session_id && childrenOf(session.parent_session_id)) return;
  for (const view of views.values()) {
    if (view.isSearch || !accepts(view.filters, session)) continue;
    view.change((list) => arrive(list, session));
    if (session.state === "waiting") view.waits(session.id);
  }
}

/** Removes a session from everything shown, after the server deleted it. */
export function forget(id: string): void {
  batch(() => take({ type: "session_deleted", seq: 0, id }));
}

/** Everything may have changed: views of now look again, the others are forgotten. */
function resync(shown: () => View | null): void {
  const kept = shown();
  for (const [key, view] of views) if (view !== kept && !view.loading()) views.delete(key);
  // A search holds still while it is read; typing asks anew.
  if (kept && !kept.isSearch) kept.load();
  void loadCounts();
  void loadStatus();
}

async function loadStatus(): Promise<void> {
  const status = await getStatus().catch(() => null);
  if (status) batch(() => (setImporting(status.import), setProblems(status.errors)));
}

/** The feed does not tell of a disk that fills up. */
const STATUS_MS = 60_000;

/** Follows the live feed for as long as the app runs. `shown` is the view on the screen, if any. */
export function follow(shown: () => View | null): void {
  live().onFrame(take);
  live().onResync(() => resync(shown));
  setInterval(
    () => document.visibilityState === "visible" && live().state() === "open" && void loadStatus(),
    STATUS_MS,
  );
}

/** Nothing was ever archived: no session without any filter. */
export const isEmptyArchive = (view: View): boolean =>
  isAll(view.filters) &&
  view.answer() !== null &&
  view.list().next === null &&
  view.list().entries.length === 0 &&
  view.list().pending.length === 0;
