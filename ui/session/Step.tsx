import { createMemo, Show, type JSX } from "solid-js";
import { Counts } from "../kit/Diff.tsx";
import { moment } from "../kit/format.ts";
import { useSession } from "./context.ts";
import type { Row } from "./rows.ts";
import { StepBody } from "./StepBody.tsx";
import { headOf, outcomeOf, summarise, wordsOf } from "./words.ts";

/** A tool call as one quiet line that unfolds in place. */
export function StepRow(props: { readonly row: Extract<Row, { kind: "step" }> }): JSX.Element {
  const { session, transcript, toggle, live, childOf } = useSession();
  const step = () => props.row.step;
  const words = createMemo(() => wordsOf(step(), session()?.cwd ?? null));
  const outcome = createMemo(() => outcomeOf(step(), live()));
  const open = () => transcript.isOpen(props.row.key);
  const at = () => headOf(step()).at;
  return (
    <>
      <div class="step" classList={{ bad: outcome().bad, running: live() && step().result === null }}>
        <button
          type="button"
          aria-expanded={open()}
          title={at() ? moment(at()!) : undefined}
          onClick={() => toggle(props.row.key, !open())}
        >
          <span class="verb">{words().verb}</span>
          <bdi class="what" classList={{ code: words().code }}>
            {words().what}
          </bdi>
          <span class="outcome">
            <Counts added={outcome().added} removed={outcome().removed} />
            <span>{outcome().text}</span>
          </span>
        </button>
        <Show when={childOf(step())}>
          {(child) => (
            <a class="child" href={`/sessions/${child().id}`}>
              Open agent
            </a>
          )}
        </Show>
      </div>
      <Show when={open()}>
        <StepBody step={step()} />
      </Show>
    </>
  );
}

/** A run of steps as one line. */
export function GroupRow(props: { readonly row: Extract<Row, { kind: "group" }> }): JSX.Element {
  const { toggle } = useSession();
  const summary = createMemo(() => summarise(props.row.members));
  return (
    <button
      type="button"
      class="fold"
      aria-expanded={props.row.open}
      onClick={() => toggle(props.row.key, !props.row.open)}
    >
      <span>{summary().text}</span>
      <Counts added={summary().added} removed={summary().removed} />
      <Show when={summary().failed > 0}>
        <span class="failed">{summary().failed} failed</span>
      </Show>
    </button>
  );
}
