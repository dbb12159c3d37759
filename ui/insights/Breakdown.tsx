import { createMemo, createSignal, For, Show, type JSX } from "solid-js";
import type { Insights } from "../../src/domain/insights.ts";
import type { UsageRow } from "../../src/domain/usage.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { agentOf } from "../kit/agents.ts";
import { plural, short } from "../kit/format.ts";
import { LABEL } from "./Figures.tsx";
import { toValue } from "./links.ts";
import { MEASURES, type Measure, type Shown } from "./range.ts";
import { allTokens, costText, costTitle, measured } from "./words.ts";

/** Rows shown before "all". */
const FEW = 6;

type By = "provider" | "model" | "project" | "device";
const TITLE: Readonly<Record<By, { readonly title: string; readonly none: string }>> = {
  provider: { title: "Agents", none: "No agent" },
  model: { title: "Models", none: "No model" },
  project: { title: "Projects", none: "No project" },
  device: { title: "Machines", none: "No machine" },
};

/** The range by agent, model, project and machine. */
export function Breakdowns(props: { readonly by: Insights["by"]; readonly shown: Shown }): JSX.Element {
  return (
    <div class="pair">
      <For each={["provider", "model", "project", "device"] as const}>
        {(by) => <Breakdown by={by} rows={props.by[by]} shown={props.shown} />}
      </For>
    </div>
  );
}

type BreakdownProps = { readonly by: By; readonly rows: readonly UsageRow[]; readonly shown: Shown };

/** The largest by what is shown come first; unknown costs last, and named. */
function Breakdown(props: BreakdownProps): JSX.Element {
  const [all, setAll] = createSignal(false);
  const value = (row: UsageRow) => measured(row, props.shown.show);
  const sorted = createMemo(() => props.rows.toSorted((a, b) => (value(b) ?? -1) - (value(a) ?? -1)));
  const most = () => Math.max(0, ...props.rows.map((row) => value(row) ?? 0));
  const id = () => `by-${props.by}`;
  return (
    <section aria-labelledby={id()} data-testid={id()}>
      <h2 id={id()}>{TITLE[props.by].title}</h2>
      <div class="scroller" tabindex="0" role="region" aria-labelledby={id()}>
        <table class="bars">
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">Name</span>
              </th>
              <For each={MEASURES}>
                {(measure) => (
                  <th scope="col" data-shown={measure === props.shown.show || undefined}>
                    {LABEL[measure]}
                  </th>
                )}
              </For>
            </tr>
          </thead>
          <tbody>
            <For each={all() ? sorted() : sorted().slice(0, FEW)}>
              {(row) => <Row by={props.by} row={row} shown={props.shown} part={(value(row) ?? 0) / (most() || 1)} />}
            </For>
          </tbody>
        </table>
      </div>
      <Show when={props.rows.length > FEW}>
        <button type="button" class="unfold" aria-expanded={all()} onClick={() => setAll(!all())}>
          {all() ? "Show fewer" : `Show all ${plural(props.rows.length, "row")}`}
        </button>
      </Show>
    </section>
  );
}

type RowProps = { readonly by: By; readonly row: UsageRow; readonly shown: Shown; readonly part: number };

function Row(props: RowProps): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <i class="bar-of" style={{ "inline-size": `${(100 * props.part).toFixed(2)}%` }} />
        <Name by={props.by} value={props.row.key} shown={props.shown} />
      </th>
      <For each={MEASURES}>{(measure) => <Cell row={props.row} measure={measure} shown={props.shown} />}</For>
    </tr>
  );
}

function Name(props: { readonly by: By; readonly value: string | null; readonly shown: Shown }): JSX.Element {
  const text = () => {
    if (props.value === null || props.value === "") return TITLE[props.by].none;
    return props.by === "provider" ? agentOf(props.value).label : props.value;
  };
  const link = () => toValue(props.shown.range, props.by, props.value);
  const name = () => (
    <bdi class="cut" title={text()}>
      {text()}
    </bdi>
  );
  return (
    <span class="named">
      <Show when={props.by === "provider" && props.value}>{(provider) => <AgentMark provider={provider()} />}</Show>
      <Show when={link()} fallback={name()}>
        {(to) => <a href={to()}>{name()}</a>}
      </Show>
    </span>
  );
}

type CellProps = { readonly row: UsageRow; readonly measure: Measure; readonly shown: Shown };

function Cell(props: CellProps): JSX.Element {
  const text = () => {
    if (props.measure === "cost") return costText(props.row);
    return short(props.measure === "tokens" ? allTokens(props.row.tokens) : props.row[props.measure]);
  };
  return (
    <td
      data-shown={props.measure === props.shown.show || undefined}
      title={props.measure === "cost" ? costTitle(props.row) : undefined}
    >
      {text()}
    </td>
  );
}
