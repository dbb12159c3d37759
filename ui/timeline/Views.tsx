import { createMemo, createSignal, For, onMount, Show, type JSX } from "solid-js";
import type { SavedView } from "../../src/domain/view.ts";
import { agentOf } from "../kit/agents.ts";
import { Button } from "../kit/Button.tsx";
import { isAll, LISTS, saidOf, type Filters } from "./filters.ts";
import { Pop } from "./Pop.tsx";
import { discard, filtersOf, followSaved, keep, move, rename, saved, savedAs } from "./saved.ts";
import { useShowFilters } from "./query.ts";

/** The kept lists by name, over the filters; nothing while none is kept. */
export function Views(props: { readonly filters: Filters }): JSX.Element {
  const show = useShowFilters();
  const here = createMemo(() => savedAs(props.filters)?.id);
  onMount(followSaved);
  return (
    <Show when={saved().length > 0}>
      <nav class="views" aria-label="Saved views">
        <div class="words">
          <For each={saved()}>
            {(view) => (
              <a
                class="word"
                href={view.path}
                aria-current={here() === view.id ? "true" : undefined}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
                  event.preventDefault();
                  show(filtersOf(view));
                }}
              >
                <bdi>{view.name}</bdi>
              </a>
            )}
          </For>
        </div>
        <Pop label="Edit views" icon="edit">
          {() => (
            <ul class="edit" aria-label="Views">
              <For each={saved()}>
                {(view, index) => <Editable view={view} last={index() === saved().length - 1} />}
              </For>
            </ul>
          )}
        </Pop>
      </nav>
    </Show>
  );
}

function Editable(props: { readonly view: SavedView; readonly last: boolean }): JSX.Element {
  const name = (event: { readonly currentTarget: HTMLInputElement }) => {
    const text = event.currentTarget.value.trim();
    if (text === "") event.currentTarget.value = props.view.name;
    else if (text !== props.view.name) void rename(props.view, text);
  };
  return (
    <li>
      <input
        value={props.view.name}
        maxlength="100"
        aria-label="Name"
        onChange={name}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      />
      <Button
        look="quiet"
        icon="up"
        aria-label={`Move ${props.view.name} up`}
        disabled={props.view.position === 0}
        onClick={() => void move(props.view, -1)}
      />
      <Button
        look="quiet"
        icon="down"
        aria-label={`Move ${props.view.name} down`}
        disabled={props.last}
        onClick={() => void move(props.view, 1)}
      />
      <Button
        look="quiet"
        icon="trash"
        aria-label={`Delete ${props.view.name}`}
        onClick={() => void discard(props.view)}
      />
    </li>
  );
}

/** Keeps what is shown under a name; there only while something is chosen that is not kept yet. */
export function SaveView(props: { readonly filters: Filters }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const save = async (form: HTMLFormElement, close: () => void) => {
    const name = String(new FormData(form).get("name") ?? "").trim();
    if (name === "") return;
    setBusy(true);
    if (await keep(name, props.filters)) close();
    setBusy(false);
  };
  return (
    <Show when={!isAll(props.filters) && !savedAs(props.filters)}>
      <Pop label="Save view" icon="plus" worded>
        {(close) => (
          <form class="text" onSubmit={(event) => (event.preventDefault(), void save(event.currentTarget, close))}>
            <input
              data-first
              name="name"
              maxlength="100"
              aria-label="Name"
              value={nameFor(props.filters)}
              autocomplete="off"
            />
            <footer>
              <Button look="primary" type="submit" disabled={busy()}>
                Save view
              </Button>
            </footer>
          </form>
        )}
      </Pop>
    </Show>
  );
}

/** "loom · Codex · “retry”": a name to begin with. */
function nameFor(filters: Filters): string {
  const values = LISTS.flatMap((name) =>
    filters[name].map((value) => (name === "provider" ? agentOf(saidOf(value)).label : saidOf(value))),
  );
  const words = filters.q.trim() === "" ? [] : [`“${filters.q.trim()}”`];
  const since = filters.since === "" && filters.until === "" ? [] : [`${filters.since}–${filters.until}`];
  const name = [...values, ...since, ...words].join(" · ").slice(0, 60);
  return name === "" ? name : name[0]!.toUpperCase() + name.slice(1);
}
