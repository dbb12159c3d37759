import { createSignal, For, Show, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { asFault, patchSession } from "../api.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { Button, copyText } from "../kit/Button.tsx";
import { useNow } from "../kit/clock.ts";
import { Icon } from "../kit/Icon.tsx";
import { Marked } from "../kit/Marked.tsx";
import { findWords } from "../kit/pieces.ts";
import { Time } from "../kit/Time.tsx";
import { toast } from "../kit/Toast.tsx";
import { changeRow, childrenOf, putRows, row, unfold } from "./rows.ts";
import { doing, doingFor, effort, titleOf } from "./words.ts";

type RowProps = {
  readonly id: string;
  /** Words to mark in the title. */
  readonly words?: readonly string[];
  /** Where the row's link leads; the session unless said. */
  readonly href?: string;
  /** The row itself is the hit: no passages under it. */
  readonly isHit?: boolean;
  /** Day and month instead of the time: rows that stand under no day. */
  readonly dated?: boolean;
  /** A sub-agent under its parent. */
  readonly nested?: boolean;
  readonly children?: JSX.Element;
};

/** One session on the timeline. The title's link covers the row. */
export function Row(props: RowProps): JSX.Element {
  const [open, setOpen] = createSignal(false);
  return (
    <Show when={row(props.id)}>
      {(session) => (
        <li
          class="row"
          classList={{ unread: session().unread, nested: props.nested === true }}
          data-testid={props.nested ? undefined : "session-card"}
          data-id={props.id}
          data-step
        >
          <AgentMark provider={session().provider} />
          <div class="what">
            <a
              class="title"
              href={props.href ?? `/sessions/${props.id}`}
              data-nav={props.id}
              data-testid={props.isHit ? "search-hit" : undefined}
            >
              <Marked text={titleOf(session())} ranges={findWords(titleOf(session()), props.words ?? [])} />
            </a>
            <Show when={!props.nested || session().subagents > 0}>
              <Meta session={session()} open={open()} onToggle={() => setOpen(!open())} />
            </Show>
          </div>
          <Side session={session()} dated={props.dated === true} nested={props.nested === true} />
          {props.children}
          <Show when={open()}>
            <Children id={props.id} />
          </Show>
        </li>
      )}
    </Show>
  );
}

function Meta(props: {
  readonly session: Session;
  readonly open: boolean;
  readonly onToggle: () => void;
}): JSX.Element {
  const facts = () =>
    [
      props.session.project,
      props.session.git_branch,
      props.session.device_id,
      props.session.demo ? "sample" : "",
      ...props.session.tags.map((tag) => `#${tag}`),
    ].filter((one) => one);
  return (
    <div class="meta">
      <span class="facts">
        <Show when={props.session.pinned}>
          <span class="pinned" title="Pinned">
            <Icon name="pin" />
            <span class="unseen">Pinned</span>
          </span>
        </Show>
        <For each={facts()}>
          {(fact) => (
            <span>
              <bdi>{fact}</bdi>
            </span>
          )}
        </For>
      </span>
      <Show when={props.session.subagents > 0}>
        <span>
          <button type="button" class="unfold" aria-expanded={props.open} onClick={() => props.onToggle()}>
            +{props.session.subagents} {props.session.subagents === 1 ? "agent" : "agents"}
          </button>
        </span>
      </Show>
    </div>
  );
}

function Side(props: { readonly session: Session; readonly dated: boolean; readonly nested: boolean }): JSX.Element {
  const state = () => props.session.state;
  return (
    <div class="side">
      <Show when={!props.nested}>
        <Actions session={props.session} />
      </Show>
      <Show when={state() === "working"}>
        <Now session={props.session} />
      </Show>
      <Show when={state() === "waiting"}>
        <div class="waiting" title={props.session.waiting_for ?? undefined}>
          Waiting for you
          <Show when={props.session.waiting_for}>{(what) => <span class="what-for"> · {what()}</span>}</Show>
        </div>
      </Show>
      <Show when={state() === "idle" || state() === "ended"}>
        <div
          classList={{ idle: state() === "idle" }}
          title={state() === "idle" ? "The agent is still there" : undefined}
        >
          <Time at={props.session.last_event_at ?? props.session.started_at} as={props.dated ? "date" : "clock"} />
        </div>
      </Show>
      <div class="num">{effort(props.session).join(" · ")}</div>
    </div>
  );
}

function Now(props: { readonly session: Session }): JSX.Element {
  const now = useNow(1000);
  return (
    <div class="now">
      <span class="doing" title={props.session.current?.target ?? undefined}>
        {doing(props.session)}
      </span>
      <Show when={props.session.current}>
        <span class="num">{doingFor(props.session, now())}</span>
      </Show>
    </div>
  );
}

/** Quiet actions, shown under the pointer or with the focus. */
function Actions(props: { readonly session: Session }): JSX.Element {
  const pin = async () => {
    const { id, pinned } = props.session;
    const undo = changeRow(id, { pinned: !pinned });
    try {
      putRows([await patchSession(id, { pinned: !pinned })]);
    } catch (error) {
      undo();
      toast({ text: asFault(error).message, tone: "bad" });
    }
  };
  const link = async () => {
    await copyText(`${location.origin}/sessions/${props.session.id}`);
    toast({ text: "Link copied" });
  };
  return (
    <div class="acts">
      <Button
        look="quiet"
        icon="pin"
        aria-pressed={props.session.pinned}
        aria-label="Pin"
        title="Pin"
        onClick={() => void pin()}
      />
      <Button look="quiet" icon="link" aria-label="Copy link" title="Copy link" onClick={() => void link()} />
    </div>
  );
}

function Children(props: { readonly id: string }): JSX.Element {
  const [failed, setFailed] = createSignal("");
  if (!childrenOf(props.id)) unfold(props.id).catch((error: unknown) => setFailed(asFault(error).message));
  return (
    <ul class="children" aria-label="Sub-agents">
      <For each={childrenOf(props.id)}>{(id) => <Row id={id} nested />}</For>
      <Show when={failed()}>
        <li class="err">{failed()}</li>
      </Show>
    </ul>
  );
}
