import { createMemo, For, Match, Show, Switch, type Component, type JSX } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { Event } from "../../src/domain/event.ts";
import { Ansi } from "../kit/Ansi.tsx";
import { short } from "../kit/format.ts";
import { oneLine } from "../kit/lines.ts";
import { Markdown } from "../kit/Markdown.tsx";
import { useSession } from "./context.ts";
import { Images } from "./Images.tsx";
import { Tools } from "./Permalink.tsx";
import type { Row } from "./rows.ts";
import { GroupRow, StepRow } from "./Step.tsx";
import { Json, Rest } from "./StepBody.tsx";

type RowOf<K extends Row["kind"]> = { readonly row: Extract<Row, { kind: K }> };

const VIEWS: { readonly [K in Row["kind"]]: Component<RowOf<K>> } = {
  prompt: (props) => <Prompt event={props.row.event} />,
  reply: (props) => <Reply event={props.row.event} />,
  thinking: (props) => <Thinking event={props.row.event} rowKey={props.row.key} />,
  noise: (props) => <Noise events={props.row.events} rowKey={props.row.key} />,
  step: StepRow,
  group: GroupRow,
  compaction: (props) => <Compaction events={props.row.events} rowKey={props.row.key} />,
  unknown: (props) => <Unknown event={props.row.event} rowKey={props.row.key} />,
};

/** One row of the transcript; built anew only when its kind changes. */
export function EventRow(props: { readonly row: Row }): JSX.Element {
  // The table's type says that a view gets rows of its kind, which an index by a union forgets.
  return <Dynamic component={VIEWS[props.row.kind] as Component<{ readonly row: Row }>} row={props.row} />;
}

type OneEvent = { readonly event: Event };
type Folded = { readonly rowKey: string };

function Prompt(props: OneEvent): JSX.Element {
  const { transcript } = useSession();
  const event = () => transcript.whole(props.event);
  return (
    <section class="prompt" aria-label="Prompt">
      <Tools event={event()} />
      <Flags event={event()} />
      <Prose event={event()} />
      <Images event={event()} />
      <Rest events={[event()]} />
    </section>
  );
}

function Reply(props: OneEvent): JSX.Element {
  const { transcript } = useSession();
  const event = () => transcript.whole(props.event);
  return (
    <section class="reply" classList={{ bad: event().is_error }} aria-label="Reply">
      <Tools event={event()} />
      <Flags event={event()} />
      <Prose event={event()} />
      <Images event={event()} />
      <Rest events={[event()]} />
    </section>
  );
}

/** Longer prose is text: nobody wrote it as Markdown, and it comes in pieces (characters). */
const PROSE_MAX = 100_000;

function Prose(props: OneEvent): JSX.Element {
  const text = () => props.event.content_text ?? "";
  return (
    <Show when={text().length > PROSE_MAX} fallback={<Markdown text={text()} />}>
      <Ansi text={text()} label="Text" />
    </Show>
  );
}

/** What is not so with an event, in a word. */
function Flags(props: OneEvent): JSX.Element {
  const { live } = useSession();
  const words = () =>
    props.event.flags.flatMap((flag) => {
      if (flag === "abandoned") return ["taken back"];
      if (flag === "replayed") return ["from an earlier session"];
      if (flag === "oversize") return ["too large to be read whole"];
      // An agent that was cut off never says that a message has ended.
      return flag === "provisional" && live() ? ["still being written"] : [];
    });
  return (
    <Show when={words().length > 0}>
      <p class="flags">{words().join(" · ")}</p>
    </Show>
  );
}

function Thinking(props: OneEvent & Folded): JSX.Element {
  const text = () => props.event.content_text ?? "";
  return (
    <Fold rowKey={props.rowKey} class="think" label={firstLine(text()) || "Thought, without words"}>
      <Markdown text={text()} />
      <Rest events={[props.event]} />
    </Fold>
  );
}

/** Messages that no person wrote: reminders, hooks, notices. */
function Noise(props: Folded & { readonly events: readonly Event[] }): JSX.Element {
  const label = () => {
    const first = firstLine(textOf(props.events[0]!)) || "Notice";
    return props.events.length === 1 ? first : `${props.events.length} notices · ${first}`;
  };
  return (
    <Fold rowKey={props.rowKey} class="noise" label={label()}>
      <For each={props.events}>
        {(event, index) => (
          <Nested event={event} nested={index() > 0}>
            <Ansi text={textOf(event)} label="Notice" />
            <Rest events={[event]} />
          </Nested>
        )}
      </For>
    </Fold>
  );
}

const textOf = (event: Event): string => event.content_text ?? event.tool_output_text ?? "";

/** An event that is not its row's first must be found by its own id. */
function Nested(props: OneEvent & { readonly nested: boolean; readonly children: JSX.Element }): JSX.Element {
  return (
    <div data-testid={props.nested ? "event" : undefined} data-event-id={props.nested ? props.event.id : undefined}>
      {props.children}
    </div>
  );
}

/** A quiet line that unfolds. */
function Fold(
  props: Folded & { readonly class: string; readonly label: string; readonly children: JSX.Element },
): JSX.Element {
  const { transcript, toggle } = useSession();
  const open = () => transcript.isOpen(props.rowKey);
  return (
    <div class={props.class}>
      <button type="button" class="quiet" aria-expanded={open()} onClick={() => toggle(props.rowKey, !open())}>
        <bdi>{props.label}</bdi>
      </button>
      <Show when={open()}>
        <div class="unfolded">{props.children}</div>
      </Show>
    </div>
  );
}

function Compaction(props: Folded & { readonly events: readonly Event[] }): JSX.Element {
  const { transcript, toggle } = useSession();
  const open = () => transcript.isOpen(props.rowKey);
  // The mark says nothing but that it is one; the summary is worth unfolding.
  const told = () => props.events.filter((event) => (event.content_text ?? "").length > MARK_MAX);
  const label = () => {
    const tokens = props.events.find((event) => event.tokens)?.tokens;
    return tokens ? `context compacted · ${short(tokens.input)} → ${short(tokens.output)} tokens` : "context compacted";
  };
  return (
    <>
      <div class="break">
        <Show when={told().length > 0} fallback={<span>{label()}</span>}>
          <button type="button" aria-expanded={open()} onClick={() => toggle(props.rowKey, !open())}>
            {label()}
          </button>
        </Show>
      </div>
      <Show when={open()}>
        <div class="unfolded">
          <For each={told()}>
            {(event) => (
              <Nested event={event} nested={event !== props.events[0]}>
                <Markdown text={transcript.whole(event).content_text ?? ""} />
                <Rest events={[event]} />
              </Nested>
            )}
          </For>
        </div>
      </Show>
    </>
  );
}

/** "Conversation compacted" is no summary (characters). */
const MARK_MAX = 40;

function Unknown(props: OneEvent & Folded): JSX.Element {
  const text = () => textOf(props.event);
  const shown = createMemo(() => (text() === "" ? props.event.tool_input_json : text()));
  return (
    <Fold rowKey={props.rowKey} class="noise" label="Record of an unknown kind">
      <Switch fallback={<Json value={shown()} label="Record" />}>
        <Match when={shown() === null}>
          <p class="aside">Nothing of it could be read. The export has it as it was written.</p>
        </Match>
      </Switch>
    </Fold>
  );
}

/** The first line that says something, without the signs of Markdown and the tags that agents wrap notices in. */
function firstLine(text: string): string {
  const bare = text.slice(0, 2000).replace(/<\/?\w[^<>\n]{0,80}>/g, " ");
  const line = bare.split("\n").find((one) => /[\p{L}\p{N}]/u.test(one)) ?? "";
  return oneLine(line.replace(/[*_`#>]+/g, "").slice(0, 200));
}
