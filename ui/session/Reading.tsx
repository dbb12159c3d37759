import type { Session } from "../../src/domain/session.ts";
import { createEffect, createSignal, Show, untrack, type JSX } from "solid-js";
import { Button } from "../kit/Button.tsx";
import { agentOf } from "../kit/agents.ts";
import { Chat } from "../chat/Chat.tsx";
import { SessionContext, type SessionView } from "./context.ts";
import { EventRow } from "./EventRow.tsx";
import { useFind } from "./find.ts";
import { FindBar } from "./FindBar.tsx";
import { Head } from "./Head.tsx";
import { useKeys } from "./keys.ts";
import { Marks } from "./Mine.tsx";
import { useOutline } from "./outline.ts";
import { createOwn } from "./own.ts";
import { Panel } from "./Panel.tsx";
import { useKeptPlace, useTarget, type FirstPlace } from "./place.ts";
import {
  toggleHere,
  useChildren,
  useDoorbell,
  useElement,
  useGo,
  useJump,
  usePrompts,
  useReadMark,
} from "./reading.ts";
import { useScroll } from "./scroll.ts";
import type { SessionStore } from "./store.ts";
import type { Transcript } from "./transcript.ts";
import { TranscriptList } from "./Transcript.tsx";

type ReadingProps = { readonly store: SessionStore; readonly transcript: Transcript; readonly first: FirstPlace };

/** The page when session and first events are there: header, transcript, panel. */
export function Reading(props: ReadingProps): JSX.Element {
  // One of each for the life of the page.
  const { store, transcript, first } = untrack(() => ({ ...props }));
  const [list, setList] = useElement();
  const target = useTarget();
  const scroll = useScroll({ transcript, list, first });
  const go = useGo(transcript, scroll);
  const jump = useJump(transcript.id, target, go);
  const prompts = usePrompts(store, transcript, scroll, go);
  const session = () => store.session()!;
  const find = useFind({ transcript, scroll, go, list });
  const own = createOwn(store);
  const more = useOutline(store, transcript, scroll);
  const view: SessionView = {
    id: transcript.id,
    session: store.session,
    transcript,
    target,
    live: () => session().state === "working",
    childOf: useChildren(store, transcript),
    toggle: (key, open) => (scroll.hold(), transcript.setOpen(key, open)),
    hold: scroll.hold,
    draw: (row) => <EventRow row={row()} />,
  };
  useKeptPlace(transcript, scroll);
  useDoorbell(transcript, scroll);
  useReadMark(store, transcript, scroll);
  useKeys({
    j: () => prompts.step(1),
    k: () => prompts.step(-1),
    g: () => void go("start"),
    G: () => void go("end"),
    o: () => toggleHere(list()),
  });
  const [sheet, setSheet] = createSignal(false);
  const outline = (onJump: (event: string) => void) => (
    <Panel session={session()} prompts={prompts.all()} current={prompts.current()} outline={more} onJump={onJump} />
  );
  return (
    <SessionContext.Provider value={view}>
      <Head session={session()} own={own} onPanel={() => setSheet(true)} onFind={find.open} />
      <FindBar find={find} />
      {/* Always there: what stands above the list is watched for its height. */}
      <div class="own">
        <Marks session={session()} />
      </div>
      <TranscriptList
        scroll={scroll}
        ref={setList}
        onNow={() => void go("end")}
        foot={
          <Show when={canGoOn(session())}>
            <Chat
              session={session()}
              events={transcript.rows().list.length}
              onGrow={() => scroll.following() && toFoot()}
            />
          </Show>
        }
      />
      <aside class="panel" aria-label="Outline">
        {outline(jump)}
      </aside>
      <Sheet open={sheet()} onClose={() => setSheet(false)}>
        {outline((event) => (setSheet(false), jump(event)))}
      </Sheet>
    </SessionContext.Provider>
  );
}

/** Whether its agent can be run from here; helpers and samples are not gone on with. */
const canGoOn = ({ provider, kind, demo }: Session): boolean =>
  kind === "main" && !demo && agentOf(provider).modes !== null;

const toFoot = () => requestAnimationFrame(() => scrollTo(scrollX, document.documentElement.scrollHeight));

/** The panel where there is no room beside the transcript: from below, over it. */
function Sheet(props: { readonly open: boolean; readonly onClose: () => void; readonly children: JSX.Element }) {
  let dialog!: HTMLDialogElement;
  createEffect(() => (props.open ? dialog.showModal() : dialog.close()));
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-label="Outline"
      onClose={() => props.onClose()}
      onClick={(event) => event.target === dialog && props.onClose()}
    >
      <div class="panel">
        <Button look="quiet" icon="close" aria-label="Close" onClick={() => props.onClose()} />
        <Show when={props.open}>{props.children}</Show>
      </div>
    </dialog>
  );
}
