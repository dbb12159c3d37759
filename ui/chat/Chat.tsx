import { createEffect, createSignal, For, on, Show, untrack, type JSX } from "solid-js";
import type { SessionLock, WorkspaceChoice } from "../../src/domain/chat.ts";
import type { Session } from "../../src/domain/session.ts";
import { Button } from "../kit/Button.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { oneLine } from "../kit/lines.ts";
import { ApprovalCard } from "./ApprovalCard.tsx";
import { Composer } from "./Composer.tsx";
import type { TurnView } from "./state.ts";
import { createChat, type ChatStore, type Wish } from "./store.ts";
import { TurnSoFar } from "./TurnSoFar.tsx";
import { Workspace } from "./Workspace.tsx";
import "./chat.css";

type ChatProps = {
  readonly session: Session;
  /** How many events the transcript shows: what is among them need not be shown twice. */
  readonly events: number;
  /** More is to be seen at the end. */
  readonly onGrow: () => void;
};

/** The foot of a session: what a turn says now, what it asks, and where the person writes. */
export function Chat(props: ChatProps): JSX.Element {
  const chat = createChat(untrack(() => props.session.id));
  const [last, setLast] = createSignal<Wish | null>(null);
  const send = (wish: Wish) => (setLast(wish), chat.send(wish));
  const again = (more: Partial<Wish>) => void send({ ...last()!, ...more });
  createEffect(on(chat.view, () => props.onGrow(), { defer: true }));
  // A terminal that comes or goes shows in the session's state.
  createEffect(
    on(
      () => props.session.state,
      () => chat.look(),
    ),
  );
  return (
    <div class="chat">
      <TurnSoFar view={chat.view()} message={chat.message()} events={props.events} running={chat.running()} />
      <For each={chat.approvals()}>
        {(approval) => (
          <ApprovalCard approval={approval} onAnswer={(answer) => void chat.answer(approval.id, answer)} />
        )}
      </For>
      <Trouble chat={chat} onAgain={again} canFork={last() !== null} />
      <Show when={chat.choices().length > 0}>
        <Places choices={chat.choices()} onChoose={(workspace) => again({ workspace })} onLeave={chat.dismiss} />
      </Show>
      <Forked view={chat.view()} session={props.session.id} />
      <Held lock={chat.lock()} running={chat.running()} />
      <Workspace session={props.session.id} running={chat.running()} />
      <Composer session={props.session} chat={chat} onSend={send} />
    </div>
  );
}

/** What went wrong, and the way on: a session that is held elsewhere can be forked. */
function Trouble(props: {
  readonly chat: ChatStore;
  readonly onAgain: (more: Partial<Wish>) => void;
  readonly canFork: boolean;
}) {
  const held = () => props.chat.fault()?.code === "session_locked";
  return (
    <Show when={props.chat.fault()}>
      {(fault) => (
        <div class="trouble">
          <ErrorBox fault={fault()} />
          <div class="actions">
            <Show when={held() && props.canFork}>
              <Button look="primary" onClick={() => props.onAgain({ mode: "fork" })}>
                Go on in a fork
              </Button>
            </Show>
            <Button onClick={() => props.chat.dismiss()}>Dismiss</Button>
          </div>
        </div>
      )}
    </Show>
  );
}

/** A fork is a session of its own: what was said stands there. */
function Forked(props: { readonly view: TurnView; readonly session: string }): JSX.Element {
  const other = () => (props.view.done && props.view.session !== props.session ? props.view.session : null);
  return (
    <Show when={other()}>
      {(fork) => (
        <div class="left">
          <p>It went on in a fork.</p>
          <a class="button plain" href={`/sessions/${fork()}`}>
            Open the fork
          </a>
        </div>
      )}
    </Show>
  );
}

/** Who has the session open elsewhere, before one writes in vain. */
function Held(props: { readonly lock: SessionLock | null; readonly running: boolean }): JSX.Element {
  const holder = () => (props.running || props.lock?.holder?.kind !== "terminal" ? null : props.lock.holder);
  return (
    <Show when={holder()}>
      {(who) => <p class="held">Open in a terminal on {oneLine(who().device_id)}. A message can go to a fork.</p>}
    </Show>
  );
}

/** Facts of another machine decide nothing: the person says where the agent works, and sees what that means. */
function Places(props: {
  readonly choices: readonly WorkspaceChoice[];
  readonly onChoose: (kind: WorkspaceChoice["kind"]) => void;
  readonly onLeave: () => void;
}): JSX.Element {
  const names = { original: "The same folder here", clone: "A fresh clone", scratch: "An empty folder" } as const;
  return (
    <section class="card" aria-label="Where to work">
      <h3>Where is it to work?</h3>
      <For each={props.choices}>
        {(choice) => (
          <button type="button" class="choice" onClick={() => props.onChoose(choice.kind)}>
            <b>{names[choice.kind]}</b>
            <Show when={choice.path ?? choice.url}>{(where) => <code dir="ltr">{where()}</code>}</Show>
            <span>{choice.note}</span>
          </button>
        )}
      </For>
      <Button look="quiet" onClick={() => props.onLeave()}>
        Not now
      </Button>
    </section>
  );
}
