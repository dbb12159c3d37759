import { Show, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { Button } from "../kit/Button.tsx";
import { useNow } from "../kit/clock.ts";
import { oneLine } from "../kit/lines.ts";
import { Time } from "../kit/Time.tsx";
import { pin } from "./changes.ts";
import { openPanel, panel } from "./panel.ts";
import { doing, doingFor, effort, titleOf } from "./words.ts";

type SideProps = {
  readonly session: Session;
  readonly dated: boolean;
  readonly nested: boolean;
  /** A hand is, or was, at the row: what can be done with it is worth being drawn. */
  readonly near: boolean;
};

/** The right of a row: what happens there now, or when it ended; what it took; what can be done with it. */
export function Side(props: SideProps): JSX.Element {
  const state = () => props.session.state;
  return (
    <div class="side">
      <Show when={!props.nested}>
        <div class="acts" classList={{ open: panel()?.ids.length === 1 && panel()?.ids[0] === props.session.id }}>
          <Show when={props.near}>
            <Actions session={props.session} />
          </Show>
        </div>
      </Show>
      <Show when={state() === "working"}>
        <Now session={props.session} />
      </Show>
      <Show when={state() === "waiting"}>
        <div class="waiting" title={props.session.waiting_for ?? undefined}>
          Waiting for you
          <Show when={props.session.waiting_for}>
            {(what) => (
              <span class="what-for">
                {" · "}
                <bdi>{oneLine(what())}</bdi>
              </span>
            )}
          </Show>
        </div>
      </Show>
      <Show when={state() === "idle" || state() === "ended"}>
        <div
          class="when"
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
        <bdi>{doing(props.session)}</bdi>
      </span>
      <Show when={props.session.current}>
        <span class="num">{doingFor(props.session, now())}</span>
      </Show>
    </div>
  );
}

/** Quiet actions, shown under the pointer or with the focus; for a finger only the last one, always. */
function Actions(props: { readonly session: Session }): JSX.Element {
  const isOpen = () => panel()?.ids.length === 1 && panel()?.ids[0] === props.session.id;
  return (
    <>
      <Button
        look="quiet"
        icon="pin"
        class="fine"
        tabindex="-1"
        aria-pressed={props.session.pinned}
        aria-label="Pin"
        title="Pin (P)"
        onClick={() => void pin([props.session.id], !props.session.pinned)}
      />
      <Button
        look="quiet"
        icon="tag"
        class="fine"
        tabindex="-1"
        aria-label="Tags"
        title="Tags (T)"
        onClick={(event) => openPanel("tags", [props.session.id], event.currentTarget)}
      />
      <Button
        look="quiet"
        icon="more"
        aria-haspopup="menu"
        aria-expanded={isOpen()}
        aria-label={`Actions: ${titleOf(props.session)}`}
        title="Actions (.)"
        onClick={(event) => openPanel("menu", [props.session.id], event.currentTarget)}
      />
    </>
  );
}
