import { createSignal, For, onCleanup, onMount, Show, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { plural } from "../kit/format.ts";
import { SessionContext, useSession, type SessionView } from "./context.ts";
import { createTranscript } from "./transcript.ts";

/** A sub-agent's transcript within its parent's: fetched when someone asks for it, a page at a time. */
export function Child(props: { readonly session: Session }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  return (
    <div class="nested">
      <button type="button" class="more" aria-expanded={open()} onClick={() => setOpen(!open())}>
        {open() ? "Hide what the agent did" : `Show what the agent did · ${plural(props.session.tool_calls, "call")}`}
      </button>
      <a class="more" href={`/sessions/${props.session.id}`}>
        Open its page
      </a>
      <Show when={open()}>
        <ChildRows session={props.session} />
      </Show>
    </div>
  );
}

function ChildRows(props: { readonly session: Session }): JSX.Element {
  const parent = useSession();
  const live = () => props.session.state === "working";
  // One transcript for the life of the rows: another child is another component.
  // eslint-disable-next-line solid/reactivity
  const transcript = createTranscript(props.session.id, live);
  onCleanup(transcript.stop);
  onMount(() => void transcript.open("start"));
  const view: SessionView = {
    id: transcript.id,
    session: parent.session,
    transcript,
    target: () => null,
    live,
    // A sub-agent's own agents are on its page.
    childOf: () => null,
    toggle: (key, isOpen) => (parent.hold(), transcript.setOpen(key, isOpen)),
    hold: parent.hold,
    draw: parent.draw,
  };
  return (
    <SessionContext.Provider value={view}>
      <div class="nested-rows">
        <For each={transcript.rows().list}>
          {(row) => (
            <div class="ev" classList={{ within: "within" in row && row.within }} data-kind={row.kind}>
              {parent.draw(() => row)}
            </div>
          )}
        </For>
        <Show when={transcript.fault()}>
          {(fault) => <ErrorBox fault={fault()} onRetry={() => void transcript.open("start")} />}
        </Show>
        <Show when={transcript.span().next !== null}>
          <button
            type="button"
            class="more"
            disabled={transcript.edge("end") === "busy"}
            onClick={() => transcript.more("end")}
          >
            Show more
          </button>
        </Show>
      </div>
    </SessionContext.Provider>
  );
}
