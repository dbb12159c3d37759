import { For, Show, type JSX } from "solid-js";
import { Marked } from "../kit/Marked.tsx";
import { nearMark } from "../kit/pieces.ts";
import { useGradually } from "./gradual.ts";
import { Row } from "./Row.tsx";
import { row } from "./rows.ts";
import { wordsOf } from "./search.ts";
import type { View } from "./view.ts";
import { speaker } from "./words.ts";

/** What was found: sessions in the order of relevance, each with its best passages. */
export function Hits(props: { readonly view: View }): JSX.Element {
  const words = () => wordsOf(props.view.answer()?.understood ?? []);
  const ids = () => props.view.list().entries.map((entry) => entry.id);
  const drawn = useGradually(ids, () => document.activeElement?.matches("[data-testid=search-input]") === true);
  return (
    <ul class="rows found">
      <For each={drawn()}>{(id) => <Hit id={id} view={props.view} words={words()} />}</For>
    </ul>
  );
}

function Hit(props: { readonly id: string; readonly view: View; readonly words: readonly string[] }): JSX.Element {
  const matches = () => props.view.hits()[props.id]?.matches ?? [];
  const lead = () => (innerWidth <= 700 ? 40 : 180);
  const more = () => (props.view.hits()[props.id]?.count ?? 0) - matches().length;
  return (
    <Row id={props.id} words={props.words} isHit={matches().length === 0} dated>
      <Show when={matches().length > 0}>
        <div class="hits">
          <For each={matches()}>
            {(match) => (
              <a
                href={`/sessions/${props.id}?event=${encodeURIComponent(match.event_id)}`}
                data-testid="search-hit"
                data-nav={`${props.id}/${match.event_id}`}
                data-step
              >
                <span class="who">{speaker(match, row(props.id)?.provider ?? "")}</span>
                <span class="text" classList={{ code: match.role === "tool" || match.kind === "tool_call" }}>
                  <Show when={match.by_meaning}>
                    <small>by meaning</small>{" "}
                  </Show>
                  <Marked {...nearMark(match.snippet, match.ranges, lead())} />
                </span>
              </a>
            )}
          </For>
          <Show when={more() > 0}>
            <p>{more() === 1 ? "1 more passage" : `${more()} more passages`}</p>
          </Show>
        </div>
      </Show>
    </Row>
  );
}
