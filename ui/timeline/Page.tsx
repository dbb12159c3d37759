import { createEffect, createMemo, createSignal, on, onCleanup, onMount, Show, untrack, type JSX } from "solid-js";
import { usePage } from "../frame/page.ts";
import { Button } from "../kit/Button.tsx";
import { Empty } from "../kit/Empty.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { plural } from "../kit/format.ts";
import { Icon } from "../kit/Icon.tsx";
import { Skeleton } from "../kit/Skeleton.tsx";
import { Bulk } from "./Bulk.tsx";
import { isGoing } from "./changes.ts";
import { Days } from "./Days.tsx";
import { FacetColumn, useRoom } from "./Facets.tsx";
import { loadFacts } from "./facts.ts";
import { FilterBar } from "./FilterBar.tsx";
import { isNarrowed, NO_FILTERS } from "./filters.ts";
import { useFirstScreen } from "./first-screen.ts";
import { FirstRun } from "./FirstRun.tsx";
import { Hits } from "./Hits.tsx";
import { useListKeys } from "./keys.ts";
import { ImportNote, SamplesNote } from "./Notes.tsx";
import { usePlace } from "../frame/place.ts";
import { useFilters, useShowFilters } from "./query.ts";
import { RowPanel } from "./RowPanel.tsx";
import { clear, selected } from "./selection.ts";
import { follow, importing, isEmptyArchive, loadCounts, viewOf } from "./store.ts";
import { Understood } from "./Understood.tsx";
import type { View } from "./view.ts";
import { Views } from "./Views.tsx";
import { useWindowing, type Windowing } from "./windowing.ts";

const [onScreen, setOnScreen] = createSignal<View | null>(null);
let following = false;

/** The first page: every session, newest first and live, or what a search found among them. */
export function TimelinePage(): JSX.Element {
  if (!following) follow(onScreen);
  following = true;
  void loadCounts();
  const filters = useFilters();
  const show = useShowFilters();
  const asked = createMemo(() => viewOf(filters()));
  const view = useShownView(asked);
  let list!: HTMLDivElement;
  const first = useFirstScreen(view);
  const windowing = useWindowing(() => first.whole() && view().more());
  const pointed = usePointed(() => list);
  const room = useRoom();
  const waiting = useWaiting(view, () => windowing.atTop() && !pointed());
  const up = () => {
    view().admit();
    waiting.renew();
    scrollTo({ top: 0 });
  };
  const leave = () => {
    if (selected().size > 0) clear();
    else if (filters().q !== "") show({ ...filters(), q: "" });
    else (document.activeElement as HTMLElement | null)?.blur();
  };
  useListKeys({ root: () => list, onLeave: leave, onNewer: up });
  onCleanup(clear);
  createEffect(() => loadFacts(view()));
  usePage(
    () => (filters().q === "" ? "Timeline" : filters().q),
    () => view().answer() !== null || view().fault() !== null,
  );
  usePlace(
    createMemo(() => (view().answer() ? view() : null)),
    windowing.update,
  );
  createEffect(on(() => view().list().entries.length, windowing.update, { defer: true }));
  return (
    <div
      class="timeline"
      classList={{ selecting: selected().size > 0 }}
      data-testid="timeline"
      aria-busy={view() !== asked()}
    >
      <h1 class="unseen">{filters().q === "" ? "Timeline" : `Found: ${filters().q}`}</h1>
      <Show when={!isEmptyArchive(view())}>
        <Views filters={filters()} />
        <FilterBar filters={filters()} view={view()} />
      </Show>
      <Show when={view().isSearch}>
        <Understood view={view()} onQuery={(q) => show({ ...filters(), q })} />
      </Show>
      <Show when={!view().isSearch}>
        <ImportNote />
        <SamplesNote view={view()} />
      </Show>
      <div classList={{ searched: view().isSearch }}>
        <Show when={view().isSearch && room()}>
          <FacetColumn filters={filters()} view={view()} />
        </Show>
        <div ref={list} class="list">
          <Newer view={view()} free={windowing.atTop() && !pointed()} waiting={waiting.beside()} onUp={up} />
          <Show
            when={view().isSearch}
            fallback={<Listed view={view()} windowing={windowing} room={first.room()} waiting={waiting.shown()} />}
          >
            <Hits view={view()} />
          </Show>
          <Foot view={view()} onClear={() => show({ ...NO_FILTERS, q: filters().q })} />
        </div>
      </div>
      <Bulk
        all={view()
          .list()
          .entries.map((entry) => entry.id)}
      />
      <RowPanel />
    </div>
  );
}

type ListedProps = {
  readonly view: View;
  readonly windowing: Windowing;
  readonly room: number;
  readonly waiting: readonly string[];
};

/** The rows by day; another list is drawn anew. */
function Listed(props: ListedProps): JSX.Element {
  return (
    <Show when={props.view.isSearch ? undefined : props.view} keyed>
      {(shown) => <Days view={shown} windowing={props.windowing} room={props.room} waiting={props.waiting} />}
    </Show>
  );
}

/** The view asked for once it has an answer; until then the one before it, so that nothing flickers while typing. */
function useShownView(asked: () => View): () => View {
  const shown = createMemo<View>((before) => {
    const next = asked();
    return next.answer() || next.fault() || !before ? next : before;
  });
  createEffect(
    on(asked, (now, before) => {
      // An answer that nobody waits for any more.
      if (before && before !== now && !before.answer()) before.stop();
    }),
  );
  createEffect(() => setOnScreen(shown()));
  onCleanup(() => setOnScreen(null));
  useSearchOn(shown);
  return shown;
}

/** While hits are looked at, what one answer had no time for comes by itself: first more of them, then better ones. */
function useSearchOn(shown: () => View): void {
  createEffect(() => {
    const answer = shown().answer();
    if (!shown().isSearch || !answer || shown().loading()) return;
    if (answer.partial) shown().more();
    else if (answer.cut) shown().deepen(rowsSeen);
  });
  onCleanup(() => untrack(shown).isSearch && untrack(shown).stop());
}

/** Rows from the top of the list to the lower edge of the screen. */
function rowsSeen(): number {
  const cards = [...document.querySelectorAll("[data-testid=session-card]")];
  return cards.filter((card) => card.getBoundingClientRect().top < innerHeight).length;
}

/** Whether a mouse is over the element. */
function usePointed(element: () => HTMLElement): () => boolean {
  const [pointed, setPointed] = createSignal(false);
  onMount(() => {
    element().addEventListener("pointerenter", (event) => setPointed(event.pointerType === "mouse"));
    element().addEventListener("pointerleave", () => setPointed(false));
  });
  return pointed;
}

/** Who waits for the person: `shown` changes only while nothing can move under a hand; `beside` = who has come since. */
function useWaiting(view: () => View, free: () => boolean) {
  const [renewed, renew] = createSignal({});
  const now = createMemo(
    () =>
      view().isSearch || view().filters.state.length > 0
        ? []
        : view()
            .waiting()
            .filter((id) => !isGoing(id)),
    undefined,
    {
      equals: (a, b) => a.join() === b.join(),
    },
  );
  type Held = { readonly view: View; readonly renewed: object; readonly ids: readonly string[] };
  const held = createMemo<Held>((old) => {
    const next = { view: view(), renewed: renewed(), ids: now() };
    const isOld = old && old.view === next.view && old.renewed === next.renewed && !free();
    return isOld ? old : next;
  });
  const shown = createMemo(() => held().ids, undefined, { equals: (a, b) => a.join() === b.join() });
  return { shown, beside: () => now().filter((id) => !shown().includes(id)), renew: () => void renew({}) };
}

type NewerProps = {
  readonly view: View;
  /** Nothing can move under a hand: at the top, and no pointer over the rows. */
  readonly free: boolean;
  /** Ids that have begun to wait for the person. */
  readonly waiting: readonly string[];
  readonly onUp: () => void;
};

/** Tells of rows that wait above, and lets them in at once where nothing can move under a hand. */
function Newer(props: NewerProps): JSX.Element {
  const newer = () => props.view.list().pending.filter((id) => !props.waiting.includes(id)).length;
  const better = () => props.view.better().length;
  const words = () =>
    [
      props.waiting.length > 0 ? `${props.waiting.length} waiting for you` : "",
      newer() > 0 ? `${newer()} newer` : "",
      better() > 0 ? plural(better(), "better match", "better matches") : "",
    ].filter((part) => part !== "");
  createEffect(() => props.view.list().pending.length > 0 && props.free && props.view.admit());
  return (
    <div class="newer" role="status">
      <Show when={words().length > 0}>
        <button type="button" title="Up (Shift N)" onClick={() => props.onUp()}>
          <Icon name="arrowUp" />
          {words().join(" · ")}
        </button>
      </Show>
    </div>
  );
}

/** What stands under, or instead of, the rows: loading, a fault, the end, nothing. */
function Foot(props: { readonly view: View; readonly onClear: () => void }): JSX.Element {
  const empty = () => props.view.list().entries.length === 0;
  const done = () => props.view.answer() !== null && props.view.list().next === null && !props.view.loading();
  return (
    <>
      <Show when={props.view.fault()}>
        {(fault) => (
          <div class="pad">
            <ErrorBox fault={fault()} onRetry={props.view.retry} />
          </div>
        )}
      </Show>
      <Show when={props.view.loading() && !props.view.fault() && (empty() || props.view.list().next)}>
        <Skeleton rows={empty() ? 10 : 3} />
      </Show>
      <Show when={props.view.isSearch && props.view.answer()?.partial}>
        <p class="searching">Still searching older sessions…</p>
      </Show>
      <Show when={done() && empty() && !props.view.fault()}>
        <Nothing view={props.view} onClear={props.onClear} />
      </Show>
      <Show when={done() && !empty() && !props.view.isSearch}>
        <p class="end">
          {isNarrowed(props.view.filters)
            ? "Nothing older matches"
            : `That is all: ${plural(props.view.list().entries.length, "session")}`}
        </p>
      </Show>
    </>
  );
}

function Nothing(props: { readonly view: View; readonly onClear: () => void }): JSX.Element {
  const narrowed = () => isNarrowed(props.view.filters);
  const title = () => (props.view.isSearch ? `Nothing found for “${props.view.filters.q}”` : "No session matches");
  const text = () => {
    if (narrowed()) return props.view.isSearch ? "Filters leave some sessions out." : "Loosen the filters to see more.";
    return "Try fewer or other words; part of a word finds more with a * at its end.";
  };
  return (
    <Show when={!isEmptyArchive(props.view)} fallback={importing() ? null : <FirstRun />}>
      <Empty title={title()} text={text()}>
        <Show
          when={narrowed()}
          fallback={
            <a class="button plain" href="/timeline">
              Show all sessions
            </a>
          }
        >
          <Button onClick={() => props.onClear()}>Clear filters</Button>
        </Show>
      </Empty>
    </Show>
  );
}
