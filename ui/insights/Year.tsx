import { createMemo, createSignal, For, onCleanup, onMount, Show, type JSX } from "solid-js";
import type { Fault } from "../../src/domain/fault.ts";
import type { UsageRow } from "../../src/domain/usage.ts";
import { useNow } from "../kit/clock.ts";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { dayKey, plural } from "../kit/format.ts";
import { toDay } from "./links.ts";
import { plusDays } from "./range.ts";
import { dayText, level, mostOf, summary, weeksUntil } from "./words.ts";

/** A cell and the gap beside it, and what stands at the left. Pixels. */
const CELL = 14;
const SIDE = 30;
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "short" });

type YearProps = {
  readonly days: readonly UsageRow[] | null;
  readonly fault: Fault | null;
  readonly onRetry: () => void;
};

/** A year of days, darker where more was asked; as many of its weeks as there is room for. */
export function Year(props: YearProps): JSX.Element {
  let box!: HTMLElement;
  const [room, setRoom] = createSignal(53);
  const now = useNow(60_000);
  const today = createMemo(() => dayKey(now()));
  onMount(() => {
    const fit = () => setRoom(Math.min(53, Math.max(8, Math.floor((box.clientWidth - SIDE) / CELL))));
    const watch = new ResizeObserver(fit);
    watch.observe(box);
    fit();
    onCleanup(() => watch.disconnect());
  });
  const weeks = createMemo(() => weeksUntil(Date.parse(`${today()}T12:00:00`), room()));
  const byDay = createMemo(() => new Map((props.days ?? []).map((row) => [row.key, row])));
  const asked = () => (props.days ?? []).reduce((sum, row) => sum + row.prompts, 0);
  return (
    <section ref={box} aria-label="The last year">
      <h2>
        <Show when={props.days} fallback="The last year">
          {asked() === 0
            ? "Nothing was asked in the last year"
            : `${plural(asked(), "prompt")} in the last year, on ${plural(byDay().size, "day")}`}
        </Show>
      </h2>
      <Show when={props.fault && !props.days}>
        <ErrorBox fault={props.fault!} onRetry={() => props.onRetry()} />
      </Show>
      <Months weeks={weeks()} />
      <Grid weeks={weeks()} byDay={byDay()} today={today()} />
    </section>
  );
}

type Weeks = readonly (readonly (string | null)[])[];

/** Names each month over the week in which it begins. */
function Months(props: { readonly weeks: Weeks }): JSX.Element {
  const name = (week: Weeks[number], index: number) => {
    const first = week.find((day) => day?.endsWith("-01")) ?? null;
    // At the right edge a name would be cut.
    return first === null || index > props.weeks.length - 3 ? "" : MONTH.format(new Date(`${first}T12:00:00`));
  };
  return (
    <div class="months" aria-hidden="true">
      <For each={props.weeks}>{(week, index) => <span>{name(week, index())}</span>}</For>
    </div>
  );
}

type GridProps = {
  readonly weeks: Weeks;
  readonly byDay: ReadonlyMap<string | null, UsageRow>;
  readonly today: string;
};

/** Days are too small for fingers: there they are a picture, and the table of days has the links. */
const fingers = (): boolean => matchMedia("(pointer: coarse)").matches;

/** One stop for the Tab key; arrows move among the days. */
function Grid(props: GridProps): JSX.Element {
  let grid!: HTMLDivElement;
  const [at, setAt] = createSignal<string | null>(null);
  const current = () => at() ?? props.today;
  const most = createMemo(() => mostOf([...props.byDay.values()].map((row) => row.prompts)));
  const move = (event: KeyboardEvent) => {
    const days = { ArrowLeft: -7, ArrowRight: 7, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (days === undefined) return;
    event.preventDefault();
    const next = grid.querySelector<HTMLElement>(`[data-day="${plusDays(current(), days)}"]`);
    if (next === null) return;
    setAt(next.dataset["day"]!);
    next.focus();
  };
  const label = (day: string) => {
    const row = props.byDay.get(day);
    return `${dayText(day)}: ${row ? summary(row) : "nothing"}`;
  };
  return (
    <div class="year">
      <div class="weekdays" aria-hidden="true">
        <span>Mon</span>
        <span>Wed</span>
        <span>Fri</span>
      </div>
      <div class="cells" ref={grid} role="group" aria-label="Days; arrow keys move among them" onKeyDown={move}>
        <For each={props.weeks.flat()}>
          {(day) => (
            <Show when={day} fallback={<i />}>
              {(key) => (
                <Show
                  when={!fingers()}
                  fallback={<b data-level={level(props.byDay.get(key())?.prompts ?? 0, most())} title={label(key())} />}
                >
                  <a
                    href={toDay(key())}
                    data-day={key()}
                    data-level={level(props.byDay.get(key())?.prompts ?? 0, most())}
                    tabindex={key() === current() ? 0 : -1}
                    aria-label={label(key())}
                    title={label(key())}
                    onFocus={() => setAt(key())}
                  />
                </Show>
              )}
            </Show>
          )}
        </For>
      </div>
    </div>
  );
}
