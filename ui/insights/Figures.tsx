import { For, Show, type JSX } from "solid-js";
import type { Used } from "../../src/domain/usage.ts";
import { exact, short } from "../kit/format.ts";
import { toRange } from "./links.ts";
import { MEASURES, type Measure, type Shown } from "./range.ts";
import { allTokens, costText, costTitle } from "./words.ts";

/** What a measure is called. */
export const LABEL: Readonly<Record<Measure, string>> = {
  prompts: "Prompts",
  sessions: "Sessions",
  tokens: "Tokens",
  cost: "Cost",
};

type FiguresProps = {
  readonly total: Used;
  readonly shown: Shown;
  readonly pricesAsOf: string;
  readonly onMeasure: (measure: Measure) => void;
};

/** The sums of the range; each is the way to see everything below by it. */
export function Figures(props: FiguresProps): JSX.Element {
  return (
    <section aria-label="Totals">
      <div class="figures" data-testid="totals" role="group" aria-label="What to show">
        <For each={MEASURES}>
          {(measure) => (
            <button
              type="button"
              aria-pressed={props.shown.show === measure}
              title={titleOf(props.total, measure)}
              onClick={() => props.onMeasure(measure)}
            >
              <span>{LABEL[measure]}</span>
              <b data-measure={measure}>{figure(props.total, measure)}</b>
            </button>
          )}
        </For>
      </div>
      <p class="said small">
        <Tokens total={props.total} />{" "}
        <Show when={props.total.unpriced_tokens > 0}>
          {short(props.total.unpriced_tokens)} tokens are of models without a known price
          {props.total.cost_usd === null ? "." : "; ~ marks what lacks them."}{" "}
        </Show>
        Cost by public list prices as of <span class="whole">{props.pricesAsOf}</span>.{" "}
        <a href={toRange(props.shown.range)}>Show these sessions</a>
      </p>
    </section>
  );
}

function Tokens(props: { readonly total: Used }): JSX.Element {
  const parts = () => {
    const { input, output, cache_read, cache_write } = props.total.tokens;
    return [
      `${short(input)} in`,
      `${short(output)} out`,
      `${short(cache_read)} read from cache`,
      `${short(cache_write)} written to it`,
    ];
  };
  return <>{parts().join(" · ")}.</>;
}

function figure(total: Used, measure: Measure): string {
  if (measure === "cost") return costText(total);
  return short(measure === "tokens" ? allTokens(total.tokens) : total[measure]);
}

function titleOf(total: Used, measure: Measure): string {
  if (measure === "cost") return costTitle(total);
  return exact(measure === "tokens" ? allTokens(total.tokens) : total[measure]);
}
