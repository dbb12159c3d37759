import { createMemo, For, Match, on, Show, Switch, untrack, type JSX } from "solid-js";
import { Icon } from "../kit/Icon.tsx";
import { oneLine } from "../kit/lines.ts";
import { Markdown } from "../kit/Markdown.tsx";
import type { Entry, TurnView } from "./state.ts";

type TurnProps = {
  readonly view: TurnView;
  readonly message: string | null;
  readonly events: number;
  readonly running: boolean;
};

/** What the turn has said that the transcript above does not show yet. */
export function TurnSoFar(props: TurnProps): JSX.Element {
  const shown = () => props.running || props.view.error !== null;
  const entries = useNew(props);
  const began = createMemo(
    on(
      () => props.view.turn,
      () => untrack(() => props.events),
    ),
  );
  /** Until the transcript has it. */
  const asked = () => (props.events <= began() ? props.message : null);
  return (
    <Show when={shown()}>
      <section class="turn" aria-label="This turn" aria-busy={props.running}>
        <Show when={asked()}>
          {(message) => (
            <p class="asked" dir="auto">
              {message()}
            </p>
          )}
        </Show>
        <For each={entries()}>{(entry) => <EntryRow entry={entry} />}</For>
        <Show when={props.running && props.view.asks.length === 0}>
          <p class="works" role="status">
            <i class="dot" aria-hidden="true" />
            {props.view.turn === null ? "Starting" : "Working"}
            <Show when={props.view.path}>{(path) => <code dir="ltr">{oneLine(path())}</code>}</Show>
          </p>
        </Show>
        <Show when={props.view.error}>
          {(error) => (
            <p class="failed" role="alert">
              <Icon name="warn" /> {error()}
            </p>
          )}
        </Show>
      </section>
    </Show>
  );
}

/** Those since which the transcript has not grown: what it shows need not stand here too. */
function useNew(props: TurnProps): () => readonly Entry[] {
  const since = new Map<number, number>();
  return createMemo(() => {
    if (props.view.entries.length === 0) since.clear();
    for (const { key } of props.view.entries)
      if (!since.has(key))
        since.set(
          key,
          untrack(() => props.events),
        );
    const isNew = (entry: Entry) => (entry.kind === "reply" && entry.open) || props.events <= since.get(entry.key)!;
    return props.view.entries.filter(isNew).slice(-MOST);
  });
}

/** A session that is archived only at the end of its turn must not grow without end here. */
const MOST = 12;

function EntryRow(props: { readonly entry: Entry }): JSX.Element {
  return (
    <Switch>
      <Match when={props.entry.kind === "reply" && props.entry}>
        {(reply) => (
          <div class="reply">
            <Markdown text={reply().text} />
          </div>
        )}
      </Match>
      <Match when={props.entry.kind === "thinking" && props.entry}>
        {(thought) => <p class="thinking">{oneLine(thought().text)}</p>}
      </Match>
      <Match when={props.entry.kind === "tool" && props.entry}>
        {(tool) => (
          <p class="tool" classList={{ failed: tool().result?.failed === true, runs: tool().result === null }}>
            <b>{oneLine(tool().name)}</b> <code dir="ltr">{oneLine(tool().target)}</code>
            <Show when={tool().result} fallback={<span>runs</span>}>
              {(result) => <span>{result().failed ? "failed" : "done"}</span>}
            </Show>
          </p>
        )}
      </Match>
    </Switch>
  );
}
