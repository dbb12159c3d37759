import { For, Match, Show, Switch, type JSX } from "solid-js";
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
  return (
    <Show when={shown()}>
      <section class="turn" aria-label="This turn" aria-busy={props.running}>
        <Show when={props.message !== null && props.view.entries.length === 0}>
          <p class="asked" dir="auto">
            {props.message}
          </p>
        </Show>
        <For each={props.view.entries.slice(-12)}>{(entry) => <EntryRow entry={entry} />}</For>
        <Show when={props.running && props.view.asks.length === 0}>
          <p class="works" role="status">
            <i class="dot" aria-hidden="true" />
            {props.view.turn === null ? "Starting" : "Working"}
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
