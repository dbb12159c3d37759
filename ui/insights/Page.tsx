import { useLocation, useNavigate } from "@solidjs/router";
import { createMemo, Show, type JSX } from "solid-js";
import type { Insights } from "../../src/domain/insights.ts";
import { usePage } from "../frame/page.ts";
import { Empty } from "../kit/Empty.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { Skeleton } from "../kit/Skeleton.tsx";
import { Breakdowns } from "./Breakdown.tsx";
import { useInsights, useYear, type Fetched } from "./data.ts";
import { Days } from "./Days.tsx";
import { Figures } from "./Figures.tsx";
import { Hours } from "./Hours.tsx";
import { parseShown, formatShown, type Range, type Shown } from "./range.ts";
import { RangePicker } from "./RangePicker.tsx";
import { Tools } from "./Tools.tsx";
import { Tops } from "./Tops.tsx";
import { Year } from "./Year.tsx";
import "./insights.css";
import "./cells.css";

/** What was used: over a year, and within a range that the address names, in every way that it can be added up. */
export function InsightsPage(): JSX.Element {
  const location = useLocation();
  const navigate = useNavigate();
  const shown = createMemo(() => parseShown(location.search, Date.now()));
  const range = createMemo(() => shown().range, undefined, { equals: sameRange });
  const found = useInsights(range);
  const year = useYear();
  usePage(
    () => "Insights",
    () => found.answer() !== null || found.fault() !== null,
  );
  const show = (next: Shown, replace: boolean) => navigate(`/insights${formatShown(next)}`, { replace, scroll: false });
  return (
    <div class="insights pad" data-testid="insights" aria-busy={found.busy()}>
      <h1>Insights</h1>
      {/* What ails both is said once. */}
      <Year days={year.answer()} fault={found.fault() ? null : year.fault()} onRetry={year.again} />
      <RangePicker range={range()} onPick={(next) => show({ ...shown(), range: next }, false)} />
      <Body
        found={{ ...found, again: () => (found.again(), year.fault() && year.again()) }}
        shown={shown()}
        onMeasure={(measure) => show({ ...shown(), show: measure }, true)}
        onAll={() => show({ ...shown(), range: { name: "all", since: "", until: "" } }, false)}
      />
    </div>
  );
}

const sameRange = (a: Range, b: Range) => a.name === b.name && a.since === b.since && a.until === b.until;

type BodyProps = {
  readonly found: Fetched<Insights>;
  readonly shown: Shown;
  readonly onMeasure: (measure: Shown["show"]) => void;
  readonly onAll: () => void;
};

function Body(props: BodyProps): JSX.Element {
  const isEmpty = (found: Insights) => found.total.sessions === 0 && found.tools.length === 0;
  return (
    <>
      <Show when={props.found.fault()}>
        {(fault) => <ErrorBox fault={fault()} onRetry={() => props.found.again()} />}
      </Show>
      <Show when={props.found.answer()} fallback={props.found.fault() ? null : <Skeleton rows={12} />}>
        {(found) => (
          <Show when={!isEmpty(found())} fallback={<Nothing shown={props.shown} onAll={() => props.onAll()} />}>
            <Sections found={found()} shown={props.shown} onMeasure={(measure) => props.onMeasure(measure)} />
          </Show>
        )}
      </Show>
    </>
  );
}

type SectionsProps = { readonly found: Insights; readonly shown: Shown; readonly onMeasure: BodyProps["onMeasure"] };

function Sections(props: SectionsProps): JSX.Element {
  return (
    <>
      <Figures
        total={props.found.total}
        shown={props.shown}
        pricesAsOf={props.found.prices_as_of}
        onMeasure={(measure) => props.onMeasure(measure)}
      />
      <Days rows={props.found.by.day} shown={props.shown} />
      <Breakdowns by={props.found.by} shown={props.shown} />
      <div class="pair">
        <Hours hours={props.found.hours} />
        <Tools tools={props.found.tools} range={props.shown.range} />
      </div>
      <Tops found={props.found} />
    </>
  );
}

function Nothing(props: { readonly shown: Shown; readonly onAll: () => void }): JSX.Element {
  return (
    <Show
      when={props.shown.range.name !== "all"}
      fallback={
        <Empty title="Nothing to add up yet" text="Figures come with the first session that an agent writes.">
          <a class="button plain" href="/timeline">
            Go to the timeline
          </a>
        </Empty>
      }
    >
      <Empty title="Nothing was used in these days" text="Choose a longer range.">
        <button type="button" class="button plain" onClick={() => props.onAll()}>
          Show all time
        </button>
      </Empty>
    </Show>
  );
}
