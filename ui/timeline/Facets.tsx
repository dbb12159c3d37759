import { createMemo, createSignal, For, onCleanup, onMount, Show, type Accessor, type JSX } from "solid-js";
import type { Filters as Counts } from "../api/sessions.ts";
import { useShortcuts } from "../frame/shortcuts.ts";
import { exact, short } from "../kit/format.ts";
import { facetsOf, narrowed, type Facet, type FacetField } from "./facets.ts";
import { foundBy } from "./facts.ts";
import { isNarrowed, type Filters } from "./filters.ts";
import { Pop } from "./Pop.tsx";
import { useShowFilters } from "./query.ts";
import type { View } from "./view.ts";

type FacetsProps = { readonly filters: Filters; readonly view: View };

/** Beside the hits of a wide screen: who, where and when, each narrowing with one click. */
export function FacetColumn(props: FacetsProps): JSX.Element {
  let aside!: HTMLElement;
  useShortcuts({ narrow: () => focusFirst(aside) });
  return (
    <aside ref={aside} class="facets" aria-label="Narrow">
      <Facets {...props} />
    </aside>
  );
}

/** The same behind a word, where there is no room beside the hits. */
export function FacetPop(props: FacetsProps): JSX.Element {
  useShortcuts({ narrow: () => document.querySelector<HTMLElement>("[data-mark=narrow]")?.click() });
  return (
    <Pop label="Narrow" icon="settings" worded active={isNarrowed(props.filters)} mark="narrow">
      {(close) => (
        <div class="facets">
          <Facets {...props} onPicked={close} />
        </div>
      )}
    </Pop>
  );
}

/** Whether the hits leave room for a column. */
export function useRoom(): Accessor<boolean> {
  const query = matchMedia("(min-width: 1080px)");
  const [room, setRoom] = createSignal(query.matches);
  const look = () => setRoom(query.matches);
  onMount(() => query.addEventListener("change", look));
  onCleanup(() => query.removeEventListener("change", look));
  return room;
}

function focusFirst(root: HTMLElement): boolean {
  const first = root.querySelector<HTMLElement>("[aria-pressed]");
  first?.focus();
  return first !== null;
}

function Facets(props: FacetsProps & { readonly onPicked?: () => void }): JSX.Element {
  const show = useShowFilters();
  // Those of the search before, until the new ones are counted: nothing blinks while one types.
  const found = createMemo<Counts | null>((before) => foundBy(props.view) ?? before, null);
  const facets = createMemo(() => (found() ? facetsOf(found()!, props.filters) : []));
  const fields = createMemo(() => facets().map(({ field }) => field), [], { equals: (a, b) => a.join() === b.join() });
  const pick = (field: FacetField, value: string, more: boolean) => {
    if (!more) props.onPicked?.();
    show(narrowed(props.filters, field, value, more));
  };
  const step = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    buttons[buttons.indexOf(document.activeElement as HTMLElement) + by]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="groups" on:keydown={step}>
      <For each={fields()}>
        {(field) => (
          <Group
            facet={facets().find((one) => one.field === field)!}
            more={found()?.partial === true}
            onPick={(value, more) => pick(field, value, more)}
          />
        )}
      </For>
    </div>
  );
}

/** Values of a facet that are shown at once. */
const FIRST = 6;

type GroupProps = {
  readonly facet: Facet;
  /** There may be more of each: not everything was counted. */
  readonly more: boolean;
  readonly onPick: (value: string, more: boolean) => void;
};

function Group(props: GroupProps): JSX.Element {
  const [open, setOpen] = createSignal(false);
  const shown = () => props.facet.values.slice(0, open() ? undefined : FIRST);
  const hidden = () => props.facet.values.length - shown().length;
  // By their texts: a value whose count changed stays the same button, with the focus on it.
  const values = createMemo(() => shown().map(({ value }) => value));
  const of = (value: string) => props.facet.values.find((one) => one.value === value);
  return (
    <section aria-label={props.facet.name}>
      <h2>{props.facet.name}</h2>
      <For each={values()}>
        {(value) => (
          <button
            type="button"
            data-first={values()[0] === value ? "" : undefined}
            aria-pressed={of(value)?.on === true}
            title={`${exact(of(value)?.count ?? 0)} found`}
            onClick={(event) => props.onPick(value, event.metaKey || event.ctrlKey)}
          >
            <bdi>{of(value)?.label}</bdi>
            <small class="num">
              {short(of(value)?.count ?? 0)}
              {props.more ? "+" : ""}
            </small>
          </button>
        )}
      </For>
      <Show when={hidden() > 0 || open()}>
        <button type="button" class="rest" aria-expanded={open()} onClick={() => setOpen(!open())}>
          {open() ? "Fewer" : `${hidden()} more`}
        </button>
      </Show>
    </section>
  );
}
