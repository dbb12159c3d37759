import { createEffect, createMemo, createSignal, For, on, onCleanup, Show, type JSX } from "solid-js";
import { useNow } from "../kit/clock.ts";
import { dayLabel } from "../kit/format.ts";
import { byDay, type List } from "./list.ts";
import { Row } from "./Row.tsx";
import type { View } from "./view.ts";
import type { Windowing } from "./windowing.ts";

type DaysProps = {
  readonly view: View;
  readonly windowing: Windowing;
  /** How many rows may be drawn. */
  readonly room: number;
  /** Those that wait stand first, and not under their days. */
  readonly waiting: readonly string[];
};

/** The rows by day, under sticky heads. Keyed by text throughout, so that rows are moved and never drawn again. */
export function Days(props: DaysProps): JSX.Element {
  const now = useNow(60_000);
  const days = createMemo(() => byDay(first(without(props.view.list(), props.waiting), props.room)));
  const chunks = createMemo(() => new Map(days().map((day) => [day.key, day.chunks])));
  const ids = createMemo(
    () => new Map(days().flatMap((day) => day.chunks.map((chunk) => [chunk.key, chunk.ids] as const))),
  );
  // A chunk that comes back begins put away: who waited and goes on stands under its day again.
  createEffect(on(days, () => props.windowing.update(), { defer: true }));
  return (
    <>
      <Show when={props.waiting.length > 0}>
        <section class="day" aria-label="Waiting for you">
          <h2>Waiting for you</h2>
          <ul class="rows">
            <For each={props.waiting}>{(id) => <Row id={id} dated />}</For>
          </ul>
        </section>
      </Show>
      <For each={days().map((day) => day.key)}>
        {(day) => (
          <section class="day" aria-label={day === "" ? "Undated" : dayLabel(day, now())}>
            <h2>{day === "" ? "Undated" : dayLabel(day, now())}</h2>
            <For each={(chunks().get(day) ?? []).map((chunk) => chunk.key)}>
              {(key) => <Rows {...props} name={key} ids={ids().get(key) ?? []} />}
            </For>
          </section>
        )}
      </For>
    </>
  );
}

const first = (list: List, room: number): List =>
  list.entries.length <= room ? list : { ...list, entries: list.entries.slice(0, room) };

function without(list: List, ids: readonly string[]): List {
  if (ids.length === 0) return list;
  const gone = new Set(ids);
  return { ...list, entries: list.entries.filter((entry) => !gone.has(entry.id)) };
}

function Rows(props: DaysProps & { readonly name: string; readonly ids: readonly string[] }): JSX.Element {
  let box!: HTMLUListElement;
  // Known height = drawn before, in this view: it begins put away, and is drawn when it proves to be near.
  const [near, setNear] = createSignal(!props.view.heights.has(props.name));
  const [height, setHeight] = createSignal(props.view.heights.get(props.name) ?? 0);
  const stop = props.windowing.watch({
    box: () => box,
    isNear: near,
    setNear(now, px) {
      setHeight(px);
      setNear(now);
    },
  });
  onCleanup(() => {
    stop();
    const px = near() ? box.offsetHeight : height();
    if (px > 0) props.view.heights.set(props.name, px);
  });
  return (
    <ul ref={box} class="rows" style={{ height: near() ? undefined : `${height()}px` }}>
      <Show when={near()}>
        <For each={props.ids}>{(id) => <Row id={id} />}</For>
      </Show>
    </ul>
  );
}
