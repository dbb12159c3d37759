import { untrack, type JSX } from "solid-js";
import { Button } from "../kit/Button.tsx";
import { SessionContext, type SessionView } from "./context.ts";
import { Head } from "./Head.tsx";
import { useKeys } from "./keys.ts";
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
  const view: SessionView = {
    id: transcript.id,
    session: store.session,
    transcript,
    target,
    live: () => session().state === "working",
    childOf: useChildren(store, transcript),
    toggle: (key, open) => (scroll.hold(), transcript.setOpen(key, open)),
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
  let sheet!: HTMLDialogElement;
  const outline = (onJump: (event: string) => void) => (
    <Panel session={session()} prompts={prompts.all()} current={prompts.current()} onJump={onJump} />
  );
  return (
    <SessionContext.Provider value={view}>
      <Head session={session()} onPanel={() => sheet.showModal()} />
      <TranscriptList scroll={scroll} ref={setList} onNow={() => void go("end")} />
      <aside class="panel" aria-label="Outline">
        {outline(jump)}
      </aside>
      <dialog
        ref={sheet}
        class="sheet"
        aria-label="Outline"
        onClick={(event) => event.target === sheet && sheet.close()}
      >
        <div class="panel">
          <Button look="quiet" icon="close" aria-label="Close" onClick={() => sheet.close()} />
          {outline((event) => (sheet.close(), jump(event)))}
        </div>
      </dialog>
    </SessionContext.Provider>
  );
}
