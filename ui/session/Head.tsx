import { For, Show, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import type { SessionDetail } from "../api/sessions.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { duration, exact, money, moment, relative, short } from "../kit/format.ts";
import { oneLine } from "../kit/lines.ts";
import { useNow } from "../kit/clock.ts";
import { Actions, type ActionsProps } from "./Actions.tsx";
import { ConflictDialog } from "./Mine.tsx";
import { titleOf } from "./words.ts";

/** What the session is, in two lines, and what can be done with it. */
export function Head(props: ActionsProps): JSX.Element {
  const session = () => props.session;
  return (
    <header class="head">
      <h1>
        <AgentMark provider={session().provider} />
        <bdi>{titleOf(session())}</bdi>
      </h1>
      <Facts session={session()} />
      <Actions {...props} />
      <ConflictDialog own={props.own} />
    </header>
  );
}

function Facts(props: { readonly session: SessionDetail }): JSX.Element {
  const session = () => props.session;
  const tokens = () => total(session());
  const ms = () => {
    const { started_at: from, ended_at, last_event_at } = session();
    const to = ended_at ?? last_event_at;
    return from && to ? Date.parse(to) - Date.parse(from) : null;
  };
  return (
    <div class="facts">
      <Show when={session().parent_session_id}>
        {(parent) => (
          <span>
            <a href={`/sessions/${parent()}`}>Parent session</a>
          </span>
        )}
      </Show>
      <State session={session()} />
      <Fact text={session().project} title={session().cwd} />
      <Fact text={session().git_branch} title="Branch" />
      <Fact text={session().device_id} title="Device" extra />
      <For each={session().models}>{(model) => <Fact text={model} title="Model" extra />}</For>
      <For each={session().tags}>
        {(tag) => (
          <span class="extra">
            <a href={`/timeline?tag=${encodeURIComponent(tag)}`}>
              <bdi>#{oneLine(tag)}</bdi>
            </a>
          </span>
        )}
      </For>
      <Show when={ms()}>
        {(value) => (
          <span class="num extra" title={span(session())}>
            {duration(value())}
          </span>
        )}
      </Show>
      <Show when={tokens() > 0}>
        <span class="num extra" title={`${exact(tokens())} tokens`}>
          {short(tokens())} tokens
        </span>
      </Show>
      <Show when={session().cost_usd !== null}>
        <span class="num" title={`$${session().cost_usd}`}>
          {money(session().cost_usd!)}
        </span>
      </Show>
    </div>
  );
}

const total = ({ tokens }: Session): number => tokens.input + tokens.output + tokens.cache_read + tokens.cache_write;

const span = ({ started_at: from, ended_at, last_event_at }: Session): string =>
  [from, ended_at ?? last_event_at].map((at) => (at ? moment(at) : "?")).join(" to ");

/** An extra one is left to the outline where there is little room. */
function Fact(props: {
  readonly text: string | null;
  readonly title: string | null;
  readonly extra?: boolean;
}): JSX.Element {
  return (
    <Show when={oneLine(props.text ?? "")}>
      {(text) => (
        <span classList={{ extra: props.extra === true }} title={props.title ? oneLine(props.title) : undefined}>
          <bdi>{text()}</bdi>
        </span>
      )}
    </Show>
  );
}

/** Working, waiting, or when it ended. */
function State(props: { readonly session: Session }): JSX.Element {
  const now = useNow(30_000);
  return (
    <Show
      when={props.session.state === "working" || props.session.state === "waiting"}
      fallback={
        <Show when={props.session.last_event_at}>
          {(at) => (
            <span>
              <time dateTime={at()} title={moment(at())}>
                {relative(at(), now())}
              </time>
            </span>
          )}
        </Show>
      }
    >
      <span class={props.session.state}>
        {props.session.state === "working" ? "working" : oneLine(props.session.waiting_for ?? "") || "waiting for you"}
      </span>
    </Show>
  );
}
