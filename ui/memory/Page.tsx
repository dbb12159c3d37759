import { useSearchParams } from "@solidjs/router";
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show, type JSX } from "solid-js";
import type { Memory } from "../../src/domain/memory.ts";
import type { Fault } from "../../src/domain/fault.ts";
import { asFault } from "../api/call.ts";
import { listMemory } from "../api/memory.ts";
import { usePage } from "../frame/page.ts";
import { usePlace } from "../frame/place.ts";
import { useShortcuts } from "../frame/shortcuts.ts";
import { Button } from "../kit/Button.tsx";
import { Empty } from "../kit/Empty.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { oneLine } from "../kit/lines.ts";
import { Skeleton } from "../kit/Skeleton.tsx";
import { Time } from "../kit/Time.tsx";
import { live } from "../live.ts";
import { createLatest } from "../timeline/latest.ts";
import { NewKey } from "./NewKey.tsx";
import { One } from "./One.tsx";
import "./memory.css";

/** What agents and people keep from one session to the next: a list of keys, and one of them to read and edit. */
export function MemoryPage(): JSX.Element {
  const [search, setSearch] = useSearchParams<{ query?: string; key?: string }>();
  const list = useList(() => search.query ?? "");
  const [making, setMaking] = createSignal(false);
  let rows!: HTMLDivElement;
  usePage(
    () => (search.key ? `${search.key} · Memory` : "Memory"),
    () => list.all() !== null || list.fault() !== null,
  );
  usePlace(
    createMemo(() => (list.all() ? {} : null)),
    () => {},
  );
  useShortcuts({ next: () => step(rows, 1), previous: () => step(rows, -1) });
  const made = (key: string) => {
    setMaking(false);
    list.load();
    setSearch({ key });
  };
  return (
    <div class="memory" data-one={search.key !== undefined || undefined}>
      <div class="keys">
        <header>
          <h1>Memory</h1>
          <Button icon="plus" onClick={() => setMaking(true)}>
            New
          </Button>
        </header>
        <p class="said">What agents keep from one session to the next. You can read, correct and undo all of it.</p>
        <Show when={making()}>
          <NewKey onMade={made} onClose={() => setMaking(false)} />
        </Show>
        <input
          type="search"
          class="field"
          aria-label="Find in memory"
          placeholder="Find in keys and values"
          value={search.query ?? ""}
          onInput={(event) => setSearch({ query: event.currentTarget.value || undefined }, { replace: true })}
        />
        <Show when={list.fault()}>{(fault) => <ErrorBox fault={fault()} onRetry={list.load} />}</Show>
        <Show when={list.all()} fallback={<Show when={!list.fault()}>{<Skeleton rows={6} />}</Show>}>
          {(all) => (
            <div ref={rows}>
              <Rows all={all()} query={search.query ?? ""} current={search.key} />
              <Show when={list.next()}>
                <Button onClick={list.more}>Show more</Button>
              </Show>
            </div>
          )}
        </Show>
      </div>
      <Show when={search.key} keyed>
        {(key) => <One name={key} query={search.query ?? ""} onChanged={list.load} />}
      </Show>
    </div>
  );
}

function step(rows: HTMLElement | undefined, by: 1 | -1): boolean {
  const links = [...(rows?.querySelectorAll<HTMLElement>("[data-nav]") ?? [])];
  const next = links[links.indexOf(document.activeElement as HTMLElement) + by];
  next?.focus();
  return next !== undefined;
}

type RowsProps = { readonly all: readonly Memory[]; readonly query: string; readonly current: string | undefined };

function Rows(props: RowsProps): JSX.Element {
  return (
    <Show when={props.all.length > 0} fallback={<Nothing query={props.query} />}>
      <ul>
        <For each={props.all}>
          {(one) => (
            <li>
              <a
                href={addressOf(one.key, props.query)}
                data-nav={`memory:${one.key}`}
                aria-current={one.key === props.current ? "true" : undefined}
              >
                <code>{one.key}</code>
                <span class="value">{oneLine(one.value.slice(0, 160))}</span>
                <span class="facts">
                  <bdi>{one.by}</bdi> <Time at={one.updated_at} />
                </span>
              </a>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

/** Not in the path: a key may end like a file's name, and would be asked for as one. */
function addressOf(key: string, query: string): string {
  const words = query === "" ? "" : `&query=${encodeURIComponent(query)}`;
  return `/memory?key=${encodeURIComponent(key)}${words}`;
}

function Nothing(props: { readonly query: string }): JSX.Element {
  return (
    <Show
      when={props.query === ""}
      fallback={<Empty title="Nothing kept has these words" text="Fewer words find more." />}
    >
      <Empty
        title="Nothing is kept yet"
        text="Agents write here with the tool memory_write of Longhouse's MCP server; or begin with New."
      />
    </Show>
  );
}

const ASK_MS = 80;

/** The keys that hold the words, renewed after a reconnect and when someone comes back to the tab. */
function useList(query: () => string) {
  const [all, setAll] = createSignal<readonly Memory[] | null>(null);
  const [next, setNext] = createSignal<string | null>(null);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const latest = createLatest();
  const ask = (cursor: string | null, waitMs = 0) =>
    latest.ask(
      (signal) => listMemory({ query: query(), ...(cursor === null ? {} : { cursor }) }, signal),
      {
        answer(page) {
          setFault(null);
          setAll(cursor === null ? page.memory : [...(all() ?? []), ...page.memory]);
          setNext(page.next);
        },
        failure: (error) => setFault(asFault(error)),
      },
      waitMs,
    );
  const load = () => ask(null);
  createEffect(on(query, () => ask(null, all() === null ? 0 : ASK_MS)));
  const stop = live().onResync(load);
  addEventListener("focus", load);
  onCleanup(() => (stop(), latest.stop(), removeEventListener("focus", load)));
  return { all, next, fault, load, more: () => ask(next()) };
}
