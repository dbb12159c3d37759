import { createSignal, For, Show, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { asFault } from "../api/call.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { Icon } from "../kit/Icon.tsx";
import { oneLine } from "../kit/lines.ts";
import { Marked } from "../kit/Marked.tsx";
import { findWords } from "../kit/pieces.ts";
import { isGoing } from "./changes.ts";
import { childrenOf, row, unfold } from "./rows.ts";
import { extendTo, selected, toggle } from "./selection.ts";
import { Side } from "./Side.tsx";
import { titleOf } from "./words.ts";

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
  // A page of rows has three times as many buttons: they are drawn for the row that a hand comes to.
  const [near, setNear] = createSignal(matchMedia("(hover: none)").matches);
  const shown = () => (isGoing(props.id) ? undefined : row(props.id));
  return (
    <Show when={shown()}>
      {(session) => (
        <li
          class="row"
          classList={{
            unread: session().unread,
            nested: props.nested === true,
            chosen: selected().has(props.id),
          }}
          data-testid={props.nested ? undefined : "session-card"}
          data-id={props.id}
          data-step
          onPointerOver={() => setNear(true)}
          onFocusIn={() => setNear(true)}
        >
          <Pick session={session()} nested={props.nested === true} />
          <div class="what">
            <a
              class="title"
              href={props.href ?? `/sessions/${props.id}`}
              data-nav={props.id}
              data-testid={props.isHit ? "search-hit" : undefined}
              onClick={(event) => touched(event, props)}
            >
              <Marked text={titleOf(session())} ranges={findWords(titleOf(session()), props.words ?? [])} />
            </a>
            <Show when={!props.nested || session().subagents > 0}>
              <Meta session={session()} open={open()} onToggle={() => setOpen(!open())} />
            </Show>
          </div>
          <Side session={session()} dated={props.dated === true} nested={props.nested === true} near={near()} />
          {props.children}
          <Show when={open()}>
            <Children id={props.id} />
          </Show>
        </li>
      )}
    </Show>
  );
}

/** While a finger chooses rows, a touch of one chooses it too. */
function touched(event: MouseEvent, { id, nested }: RowProps): void {
  if (nested || selected().size === 0 || !matchMedia("(hover: none)").matches) return;
  event.preventDefault();
  toggle(id);
}

/** The agent's mark; under the pointer, and while rows are chosen, the box that chooses this one. */
function Pick(props: { readonly session: Session; readonly nested: boolean }): JSX.Element {
  const pick = (event: MouseEvent) =>
    event.shiftKey ? extendTo(props.session.id, rowsOnPage()) : toggle(props.session.id);
  return (
    <div class="pick">
      <AgentMark provider={props.session.provider} />
      <Show when={!props.nested}>
        <button
          type="button"
          role="checkbox"
          class="check"
          tabindex="-1"
          aria-checked={selected().has(props.session.id)}
          aria-label={`Select ${titleOf(props.session)}`}
          onClick={pick}
        >
          <Icon name="check" />
        </button>
      </Show>
      <Show when={props.session.unread}>
        <span class="unseen">Unread</span>
      </Show>
    </div>
  );
}

/** Ids of the rows that are drawn, from the top. */
export const rowsOnPage = (): string[] =>
  [...document.querySelectorAll<HTMLElement>("[data-testid=session-card]")].map((at) => at.dataset["id"]!);

type MetaProps = { readonly session: Session; readonly open: boolean; readonly onToggle: () => void };

function Meta(props: MetaProps): JSX.Element {
  const facts = () =>
    [
      props.session.project,
      props.session.git_branch,
      props.session.device_id,
      props.session.demo ? "sample" : "",
      ...props.session.tags.map((tag) => `#${tag}`),
    ].flatMap((one) => (one ? oneLine(one) : []));
  return (
    <div class="meta">
      <span class="facts">
        <Show when={props.session.pinned}>
          <span class="mark pinned" title="Pinned">
            <Icon name="pin" />
            <span class="unseen">Pinned</span>
          </span>
        </Show>
        <Show when={props.session.note}>
          {(note) => (
            <span class="mark" title={note().slice(0, 400)}>
              <Icon name="note" />
              <span class="unseen">With a note</span>
            </span>
          )}
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
