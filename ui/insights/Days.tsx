import { createMemo, createSignal, For, lazy, Show, Suspense, type JSX } from "solid-js";
import type { UsageRow } from "../../src/domain/usage.ts";
import { dayKey, short } from "../kit/format.ts";
import { LABEL } from "./Figures.tsx";
import { toDay } from "./links.ts";
import { daysBetween, type Shown } from "./range.ts";
import { allTokens, costText, costTitle, dayText, measured, summary } from "./words.ts";

const Chart = lazy(async () => ({ default: (await import("./Chart.tsx")).Chart }));

type DaysProps = { readonly rows: readonly UsageRow[]; readonly shown: Shown };

/** The range by day: a chart, and the same as a table. */
export function Days(props: DaysProps): JSX.Element {
  const [pointed, setPointed] = createSignal<string | null>(null);
  const byDay = createMemo(() => new Map(props.rows.flatMap((row) => (row.key === null ? [] : [[row.key, row]]))));
  const days = createMemo(() => {
    const known = [...byDay().keys()];
    const { since, until } = props.shown.range;
    return daysBetween(since || known[0] || dayKey(Date.now()), until || latest(known.at(-1)));
  });
  // A day without a row is one on which nothing was used: that is 0, and not unknown.
  const values = createMemo(() =>
    days().map((day) => {
      const row = byDay().get(day);
      return row ? measured(row, props.shown.show) : 0;
    }),
  );
  const words = () => {
    const day = pointed();
    if (day === null) return "";
    const row = byDay().get(day);
    return `${dayText(day)}: ${row ? summary(row) : "nothing"}`;
  };
  return (
    <section aria-label={`${LABEL[props.shown.show]} by day`}>
      <h2>
        {LABEL[props.shown.show]} by day <span class="readout">{words()}</span>
      </h2>
      <div class="chart">
        <Suspense>
          <Chart days={days()} values={values()} measure={props.shown.show} onPoint={setPointed} />
        </Suspense>
      </div>
      <Table rows={props.rows} />
    </section>
  );
}

/** Today, or later when a clock was ahead. */
const latest = (last: string | undefined): string => {
  const today = dayKey(Date.now());
  return last !== undefined && last > today ? last : today;
};

function Table(props: { readonly rows: readonly UsageRow[] }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      <Show when={open()}>
        <div class="scroller" tabindex="0" role="region" aria-label="Days">
          <table>
            <thead>
              <tr>
                <th scope="col">Day</th>
                <For each={["Sessions", "Prompts", "Tokens", "Cost"]}>{(name) => <th scope="col">{name}</th>}</For>
              </tr>
            </thead>
            <tbody>
              <For each={props.rows.toReversed()}>{(row) => <Row row={row} />}</For>
            </tbody>
          </table>
        </div>
      </Show>
    </details>
  );
}

function Row(props: { readonly row: UsageRow }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <Show when={props.row.key} fallback="No day">
          {(key) => <a href={toDay(key())}>{dayText(key())}</a>}
        </Show>
      </th>
      <td>{props.row.sessions}</td>
      <td>{props.row.prompts}</td>
      <td>{short(allTokens(props.row.tokens))}</td>
      <td title={costTitle(props.row)}>{costText(props.row)}</td>
    </tr>
  );
}
