import { createSignal, createUniqueId, For, Show, type JSX } from "solid-js";
import type { Approval } from "../../src/domain/chat.ts";
import { Button } from "../kit/Button.tsx";
import { oneLine } from "../kit/lines.ts";
import { Markdown } from "../kit/Markdown.tsx";
import type { Answer } from "./store.ts";

type CardProps = { readonly approval: Approval; readonly onAnswer: (answer: Answer) => void };

/** What an agent wants decided: what exactly will happen, and the answers to it. Answered once; then it goes. */
export function ApprovalCard(props: CardProps): JSX.Element {
  const [sent, setSent] = createSignal(false);
  const heading = createUniqueId();
  const answer = (what: Answer) => (setSent(true), props.onAnswer(what));
  return (
    <section class="card ask" aria-labelledby={heading} data-testid="approval" aria-busy={sent()}>
      <h3 id={heading}>{oneLine(props.approval.title)}</h3>
      <Show
        when={props.approval.kind !== "question"}
        fallback={<Questions {...props} onAnswer={answer} sent={sent()} />}
      >
        <Show when={props.approval.detail}>
          {(detail) => (
            <Show when={props.approval.kind === "plan"} fallback={<pre dir="ltr">{detail()}</pre>}>
              <Markdown text={detail()} />
            </Show>
          )}
        </Show>
        <Decide {...props} onAnswer={answer} sent={sent()} />
      </Show>
    </section>
  );
}

type Inner = CardProps & { readonly sent: boolean };

function Decide(props: Inner): JSX.Element {
  const [denying, setDenying] = createSignal(false);
  const [reason, setReason] = createSignal("");
  const deny = () => props.onAnswer({ decision: "deny", ...(reason().trim() !== "" && { reason: reason().trim() }) });
  return (
    <Show
      when={!denying()}
      fallback={
        <form class="why" onSubmit={(event) => (event.preventDefault(), deny())}>
          <input
            aria-label="Why not"
            placeholder="Why not? The agent is told"
            value={reason()}
            onInput={(event) => setReason(event.currentTarget.value)}
            ref={(input) => queueMicrotask(() => input.focus())}
          />
          <Button type="submit" look="danger" disabled={props.sent}>
            Deny
          </Button>
          <Button look="quiet" onClick={() => setDenying(false)}>
            Back
          </Button>
        </form>
      }
    >
      <div class="actions">
        <Button look="primary" disabled={props.sent} onClick={() => props.onAnswer({ decision: "once" })}>
          {props.approval.kind === "plan" ? "Approve" : "Allow once"}
        </Button>
        <Show when={props.approval.options.for_session}>
          <Button disabled={props.sent} onClick={() => props.onAnswer({ decision: "session" })}>
            Allow for this session
          </Button>
        </Show>
        <Button look="quiet" disabled={props.sent} onClick={() => setDenying(true)}>
          Deny…
        </Button>
      </div>
    </Show>
  );
}

function Questions(props: Inner): JSX.Element {
  const questions = () => props.approval.options.questions;
  const [answers, setAnswers] = createSignal<readonly (readonly string[])[]>(questions().map(() => []));
  const choose = (n: number, label: string, several: boolean) =>
    setAnswers((old) => old.map((chosen, i) => (i === n ? toggled(chosen, label, several) : chosen)));
  const complete = () => answers().every((chosen) => chosen.length > 0);
  return (
    <form onSubmit={(event) => (event.preventDefault(), props.onAnswer({ decision: "once", answers: answers() }))}>
      <For each={questions()}>
        {(question, n) => (
          <fieldset>
            <legend>{question.text}</legend>
            <For each={question.options}>
              {(option) => (
                <label>
                  <input
                    type={question.several ? "checkbox" : "radio"}
                    name={`${props.approval.id}-${n()}`}
                    checked={answers()[n()]!.includes(option.label)}
                    onChange={() => choose(n(), option.label, question.several)}
                  />
                  <span>
                    {option.label}
                    <Show when={option.note}>{(note) => <small>{note()}</small>}</Show>
                  </span>
                </label>
              )}
            </For>
            <input
              aria-label={`Another answer to: ${question.text}`}
              placeholder="Something else"
              onInput={(event) => setAnswers((old) => old.map((one, i) => (i === n() ? own(event) : one)))}
            />
          </fieldset>
        )}
      </For>
      <div class="actions">
        <Button type="submit" look="primary" disabled={props.sent || !complete()}>
          Answer
        </Button>
        <Button look="quiet" disabled={props.sent} onClick={() => props.onAnswer({ decision: "deny" })}>
          Do not answer
        </Button>
      </div>
    </form>
  );
}

function toggled(chosen: readonly string[], label: string, several: boolean): readonly string[] {
  if (!several) return [label];
  return chosen.includes(label) ? chosen.filter((one) => one !== label) : [...chosen, label];
}

function own(event: { readonly currentTarget: HTMLInputElement }): readonly string[] {
  const text = event.currentTarget.value.trim();
  return text === "" ? [] : [text];
}
