import { createMemo, For, Show, type JSX } from "solid-js";
import type { Counted } from "../api/sessions.ts";
import { agentOf } from "../kit/agents.ts";
import { short } from "../kit/format.ts";
import { Menu, type Option } from "../kit/Menu.tsx";
import { isNarrowed, NO_FILTERS, saidOf, toggled, valueOf, type Filters, type ListField } from "./filters.ts";
import { useShowFilters } from "./query.ts";
import { FacetPop, useRoom } from "./Facets.tsx";
import { factsOf } from "./facts.ts";
import { counts } from "./store.ts";
import { tally } from "./tally.ts";
import { TimeChoice } from "./TimeChoice.tsx";
import type { View } from "./view.ts";
import { SaveView } from "./Views.tsx";

type BarProps = { readonly filters: Filters; readonly view: View };

/** What narrows the list, as words in a line; each is in the address. */
export function FilterBar(props: BarProps): JSX.Element {
  const show = useShowFilters();
  const pick = (name: ListField, value: string, more: boolean) => show(toggled(props.filters, name, value, more));
  const room = useRoom();
  const facts = createMemo(() => factsOf(props.view));
  const agents = () => counts()?.providers ?? [];
  return (
    <div class="filters" role="group" aria-label="Filters">
      <div class="words">
        <Show when={props.view.isSearch && !room()}>
          <FacetPop {...props} />
        </Show>
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
        <Word on={props.filters.state.includes("working")} onPick={(more) => pick("state", "working", more)}>
          Working
        </Word>
        <Word on={props.filters.state.includes("waiting")} onPick={(more) => pick("state", "waiting", more)}>
          Waiting
          <Show when={props.view.waiting().length}>{(count) => <b>{count()}</b>}</Show>
        </Word>
        <Choice {...props} name="project" word="Project" options={facts()?.projects ?? []} onPick={pick} />
        <Choice {...props} name="device" word="Machine" options={facts()?.devices ?? []} onPick={pick} />
        <Choice {...props} name="branch" word="Branch" options={facts()?.branches ?? []} onPick={pick} />
        {/* Insights lead here; nobody looks for a session by its model alone. */}
        <Show when={props.filters.model.length > 0}>
          <Choice {...props} name="model" word="Model" options={[]} onPick={pick} />
        </Show>
        <Show when={(counts()?.tags.length ?? 0) > 0 || props.filters.tag.length > 0}>
          <Choice {...props} name="tag" word="Tag" options={facts()?.tags ?? []} onPick={pick} />
        </Show>
        <TimeChoice filters={props.filters} onPick={show} />
        <Marks filters={props.filters} onPick={(name, value) => pick(name, value, true)} />
        <SaveView filters={props.filters} />
      </div>
      <span class="count" classList={{ found: props.view.isSearch }} aria-live="polite">
        {tally(props.view)}
      </span>
    </div>
  );
}

const MARKS: readonly { readonly name: ListField; readonly value: string; readonly label: string }[] = [
  { name: "is", value: "pinned", label: "Pinned" },
  { name: "is", value: "unread", label: "Unread" },
  { name: "has", value: "changes", label: "Has changes" },
  { name: "has", value: "error", label: "Has errors" },
  { name: "has", value: "image", label: "Has images" },
  { name: "state", value: "idle", label: "Idle" },
  { name: "state", value: "ended", label: "Ended" },
];

/** What a session is or has, several at once. */
function Marks(props: {
  readonly filters: Filters;
  readonly onPick: (name: ListField, value: string) => void;
}): JSX.Element {
  const isOn = (mark: (typeof MARKS)[number]) => props.filters[mark.name].includes(mark.value);
  const on = () => MARKS.filter(isOn);
  return (
    <Menu
      label={
        on().length > 0
          ? on()
              .map((mark) => mark.label)
              .join(", ")
          : "More"
      }
      active={on().length > 0}
      options={MARKS.map((mark) => ({ value: mark.label, label: mark.label, on: isOn(mark) }))}
      onPick={(label) => {
        const mark = MARKS.find((one) => one.label === label)!;
        props.onPick(mark.name, mark.value);
      }}
    />
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
    const listed = props.options.map(({ value, count }) => ({ value: valueOf(value), count }));
    const known = new Set(listed.map((option) => option.value));
    const unlisted = chosen().filter((value) => !known.has(value));
    return [...unlisted.map((value) => ({ value, count: 0 })), ...listed].map(({ value, count }) => ({
      value,
      label: saidOf(value),
      on: chosen().includes(value),
      ...(count > 0 ? { note: short(count) } : {}),
    }));
  };
  return (
    <Menu
      label={chosen().length > 0 ? chosen().map(saidOf).join(", ") : props.word}
      active={chosen().length > 0}
      options={options()}
      free={props.name === "branch"}
      onPick={(value, more) => props.onPick(props.name, value, more)}
    />
  );
}
