import { createEffect, createMemo, For, Show, type JSX } from "solid-js";
import { Button } from "../kit/Button.tsx";
import { Empty } from "../kit/Empty.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { Icon } from "../kit/Icon.tsx";
import { useSession } from "./context.ts";
import { EventRow } from "./EventRow.tsx";
import { eventsOf, type Row } from "./rows.ts";
import { FROM_ELSEWHERE, stretchBegin } from "./stretch.ts";
import type { Scroll } from "./scroll.ts";
import type { Side } from "./transcript.ts";

type TranscriptProps = {
  readonly scroll: Scroll;
  readonly onNow: () => void;
  readonly ref: (list: HTMLElement) => void;
  /** Stands below the last event. */
  readonly foot?: JSX.Element;
};

/** The conversation: only the rows near the screen are drawn, in the flow of the page, so that it can be selected and read. */
export function TranscriptList(props: TranscriptProps): JSX.Element {
  const { live, transcript } = useSession();
  return (
    <article class="talk" aria-label="Transcript">
      <Edge side="start" />
      <div ref={props.ref} class="list" style={{ height: `${props.scroll.height()}px` }}>
        <div style={{ transform: `translateY(${props.scroll.start()}px)` }}>
          <For each={props.scroll.keys()}>{(key) => <RowFrame rowKey={key} scroll={props.scroll} />}</For>
        </div>
      </div>
      <Show when={transcript.rows().list.length === 0}>
        <Nothing />
      </Show>
      <Edge side="end" />
      {props.foot}
      <Show when={!props.scroll.following() && transcript.rows().list.length > 0}>
        <div class="jump" data-live={live() || undefined}>
          <button type="button" onClick={() => props.onNow()}>
            <Icon name="arrowDown" />
            <span>{live() ? "Jump to now" : "Jump to the end"}</span>
          </button>
        </div>
      </Show>
    </article>
  );
}

/** No event: none was written, or none came. */
function Nothing(): JSX.Element {
  const { transcript } = useSession();
  return (
    <Show when={transcript.fault()} fallback={<Empty title="Nothing was said in this session" />}>
      {(fault) => <ErrorBox fault={fault()} onRetry={() => void transcript.open("end")} />}
    </Show>
  );
}

/** A row's place in the list; measured whenever its height changes. */
function RowFrame(props: { readonly rowKey: string; readonly scroll: Scroll }): JSX.Element {
  const { transcript, target } = useSession();
  // A row that was just taken away is drawn once more before its frame goes.
  const row = createMemo<Row>((before) => transcript.rows().list[props.scroll.index(props.rowKey)] ?? before!);
  const events = () => eventsOf(row());
  const id = () => events()[0]!.id;
  const flags = () => (row().kind === "group" ? [] : events()[0]!.flags);
  return (
    <div
      ref={(element) => props.scroll.measure(element)}
      class="ev"
      classList={{
        within: "within" in row() && (row() as { within: boolean }).within,
        abandoned: flags().includes("abandoned"),
        replayed: flags().includes("replayed"),
      }}
      data-testid="event"
      data-kind={row().kind}
      data-index={props.scroll.index(props.rowKey)}
      data-event-id={id()}
      data-target={id() === target() || undefined}
    >
      <Begin row={row()} before={transcript.rows().list[props.scroll.index(props.rowKey) - 1]} />
      <EventRow row={row()} />
    </div>
  );
}

/** Where history from elsewhere begins and ends, and where what was taken back does. */
function Begin(props: { readonly row: Row; readonly before: Row | undefined }): JSX.Element {
  const { session } = useSession();
  const change = createMemo(() => stretchBegin(props.row, props.before));
  return (
    <Show when={change()}>
      {(words) => (
        <p class="stretch">
          <span>
            {words()}
            <Show when={words() === FROM_ELSEWHERE && session()?.fork_of}>
              {(from) => (
                <>
                  {" · "}
                  <a href={`/sessions/${from()}`}>open it</a>
                </>
              )}
            </Show>
          </span>
        </p>
      )}
    </Show>
  );
}

/** What stands where more will come: nothing at the session's end, a way to try again when it did not come. */
function Edge(props: { readonly side: Side }): JSX.Element {
  const { transcript } = useSession();
  let line!: HTMLDivElement;
  createEffect(() => transcript.edge(props.side) === "failed" && line.scrollIntoView({ block: "nearest" }));
  return (
    <div ref={line} class="edge" role="status">
      <Show when={transcript.edge(props.side) === "failed"}>
        <span>{props.side === "start" ? "Earlier" : "Later"} events could not be loaded</span>
        <Button onClick={() => transcript.retry(props.side)}>Try again</Button>
      </Show>
    </div>
  );
}
