import { For, Show, type JSX } from "solid-js";
import type { Counted } from "../api.ts";
import { agentOf } from "../kit/agents.ts";
import { dayKey, exact, plural, short } from "../kit/format.ts";
import { Menu, type Option } from "../kit/Menu.tsx";
import { isNarrowed, NO_FILTERS, toggled, type Filters, type ListField } from "./filters.ts";
import { useShowFilters } from "./query.ts";
import { row } from "./rows.ts";
import { TIER_WORDS } from "./search.ts";
import { counts } from "./store.ts";
import type { View } from "./view.ts";

type BarProps = { readonly filters: Filters; readonly view: View };

/** What narrows the list, as words in a line; each is in the address. */
export function FilterBar(props: BarProps): JSX.Element {
  const show = useShowFilters();
  const pick = (name: ListField, value: string, more: boolean) => show(toggled(props.filters, name, value, more));
  const agents = () => counts()?.providers ?? [];
  return (
    <div class="filters" role="group" aria-label="Filters">
      <div class="words">
        <Word on={!isNarrowed(props.filters)} onPick={() => show({ ...NO_FILTERS, q: props.filters.q })}>
          All
        </Word>
        <Show when={agents().length > 1 || props.filters.provider.length > 0}>
          <For each={agents()}>
            {(agent) => (
              <Word
                on={props.filters.provider.includes(agent.value)}
                onPick={(more) => pick("provider", agent.value, more)}
              >
                {agentOf(agent.value).label}
              </Word>
            )}
          </For>
        </Show>
        <Choice {...props} name="project" word="Project" options={counts()?.projects ?? []} onPick={pick} />
        <Choice {...props} name="device" word="Machine" options={counts()?.devices ?? []} onPick={pick} />
        <Choice {...props} name="branch" word="Branch" options={branches(props.view)} onPick={pick} />
        <TimeChoice filters={props.filters} onPick={show} />
        <Word on={props.filters.state.includes("working")} onPick={(more) => pick("state", "working", more)}>
          Working
        </Word>
        <Word on={props.filters.state.includes("waiting")} onPick={(more) => pick("state", "waiting", more)}>
          Waiting
          <Show when={waiting(props.view)}>{(count) => <b>{count()}</b>}</Show>
        </Word>
      </div>
      <span class="count" classList={{ found: props.view.isSearch }} aria-live="polite">
        {tally(props.view)}
      </span>
    </div>
  );
}

function Word(props: {
  readonly on: boolean;
  readonly onPick: (more: boolean) => void;
  readonly children: JSX.Element;
}): JSX.Element {
  return (
    <button
      type="button"
      class="word"
      aria-pressed={props.on}
      onClick={(event) => props.onPick(event.metaKey || event.ctrlKey)}
    >
      {props.children}
    </button>
  );
}

type ChoiceProps = BarProps & {
  readonly name: ListField;
  readonly word: string;
  readonly options: readonly Counted[];
  readonly onPick: (name: ListField, value: string, more: boolean) => void;
};

function Choice(props: ChoiceProps): JSX.Element {
  const chosen = () => props.filters[props.name];
  const options = (): Option[] => {
    const known = new Set(props.options.map((option) => option.value));
    const unlisted = chosen().filter((value) => !known.has(value));
    return [...unlisted.map((value) => ({ value, count: 0 })), ...props.options].map(({ value, count }) => ({
      value,
      label: value,
      on: chosen().includes(value),
      ...(count > 0 ? { note: short(count) } : {}),
    }));
  };
  return (
    <Menu
      label={chosen().length > 0 ? chosen().join(", ") : props.word}
      active={chosen().length > 0}
      options={options()}
      free={props.name === "branch"}
      onPick={(value, more) => props.onPick(props.name, value, more)}
    />
  );
}

/** Branches are not counted by the server: those of the rows at hand, most frequent first. */
function branches(view: View): Counted[] {
  const found = new Map<string, number>();
  for (const entry of view.list().entries) {
    const branch = row(entry.id)?.git_branch;
    if (branch) found.set(branch, (found.get(branch) ?? 0) + 1);
  }
  return [...found].map(([value, count]) => ({ value, count })).toSorted((a, b) => b.count - a.count);
}

const SPANS: readonly { readonly label: string; readonly days: number }[] = [
  { label: "Today", days: 0 },
  { label: "Last 7 days", days: 6 },
  { label: "Last 30 days", days: 29 },
];

const daysAgo = (days: number): string => {
  const at = new Date();
  at.setDate(at.getDate() - days);
  return dayKey(at.getTime());
};

function TimeChoice(props: { readonly filters: Filters; readonly onPick: (filters: Filters) => void }): JSX.Element {
  const span = () => SPANS.find((one) => props.filters.until === "" && props.filters.since === daysAgo(one.days));
  const label = () => {
    const since = props.filters.since;
    const until = props.filters.until;
    if (since === "" && until === "") return "Any time";
    return (
      span()?.label ?? (until === "" ? `Since ${since}` : since === "" ? `Until ${until}` : `${since} to ${until}`)
    );
  };
  const options = (): Option[] => [
    { value: "", label: "Any time", on: props.filters.since === "" && props.filters.until === "" },
    ...SPANS.map((one) => ({ value: daysAgo(one.days), label: one.label, on: span() === one })),
  ];
  const set = (part: "since" | "until") => (event: { readonly currentTarget: HTMLInputElement }) =>
    props.onPick({ ...props.filters, [part]: event.currentTarget.value });
  return (
    <Menu
      label={label()}
      active={label() !== "Any time"}
      options={options()}
      onPick={(since) => props.onPick({ ...props.filters, since, until: "" })}
    >
      <div class="dates">
        <label>
          From <input type="date" value={props.filters.since} max={daysAgo(0)} onChange={set("since")} />
        </label>
        <label>
          To <input type="date" value={props.filters.until} max={daysAgo(0)} onChange={set("until")} />
        </label>
      </div>
    </Menu>
  );
}

/** What is live is new: it stands among the first rows, and looking at all of a long list takes its time. */
const LIVE_ROWS = 200;

/** How many of the newest rows wait for the user. */
function waiting(view: View): number {
  const newest = view.list().entries.slice(0, LIVE_ROWS);
  return newest.filter((entry) => row(entry.id)?.state === "waiting").length;
}

/** "9 sessions · all words · 4 ms" for a search, "12,481 sessions" for all; nothing where it would be a guess. */
function tally(view: View): string {
  const answer = view.answer();
  if (!answer) return "";
  const { entries, next } = view.list();
  if (view.isSearch) {
    const found = `${exact(entries.length)}${next === null ? "" : "+"} ${entries.length === 1 && next === null ? "session" : "sessions"}`;
    const took =
      answer.tookMs === null
        ? ""
        : `${answer.tookMs < 10 ? answer.tookMs.toFixed(1).replace(/\.0$/, "") : Math.round(answer.tookMs)} ms`;
    return [found, answer.tier && entries.length > 0 ? TIER_WORDS[answer.tier] : "", took]
      .filter((part) => part !== "")
      .join(" · ");
  }
  if (next === null) return plural(entries.length, "session");
  if (isNarrowed(view.filters)) return "";
  const all = counts()?.providers.reduce((sum, one) => sum + one.count, 0) ?? 0;
  return all > 0 ? plural(all, "session") : "";
}
