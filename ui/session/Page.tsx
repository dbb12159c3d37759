import { useParams } from "@solidjs/router";
import { createEffect, createMemo, createSignal, onCleanup, Show, type JSX } from "solid-js";
import { usePage } from "../frame/page.ts";
import { Empty } from "../kit/Empty.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { Skeleton } from "../kit/Skeleton.tsx";
import { useFirstPlace } from "./place.ts";
import { Reading } from "./Reading.tsx";
import { createSessionStore, type SessionStore } from "./store.ts";
import { createTranscript } from "./transcript.ts";
import { titleOf } from "./words.ts";
import "./session.css";
import "./head.css";
import "./panel.css";
import "./steps.css";
import "./prose.css";
import "./code.css";

/** One session for reading: from its end, or from the event that `?event=` names. */
export function SessionPage(): JSX.Element {
  const params = useParams();
  // Another session is another page: nothing of the one before is kept.
  return (
    <Show when={params["id"]} keyed>
      {(id) => <SessionOf id={id} />}
    </Show>
  );
}

function SessionOf(props: { readonly id: string }): JSX.Element {
  const store = createSessionStore(props.id);
  const transcript = createTranscript(props.id, () => store.session()?.state === "working");
  onCleanup(transcript.stop);
  const place = useFirstPlace(transcript);
  void store.load();
  /** What failed together is asked for together: the events first, so that the page comes with them. */
  const again = async () => {
    if (transcript.fault()) await transcript.open(place()?.place ?? "end");
    await store.load();
  };
  const loaded = () => store.session() !== null && place() !== null;
  usePage(
    () => (store.session() ? titleOf(store.session()!) : "Session"),
    useDrawn(() => loaded() || store.deleted() || store.fault() !== null),
  );
  return (
    <div class="session" data-testid="session-page">
      <Show when={!store.deleted()} fallback={<Deleted />}>
        <Show when={!store.fault()} fallback={<Failed store={store} onRetry={() => void again()} />}>
          <Show when={loaded()} fallback={<Skeleton rows={8} />}>
            <Reading store={store} transcript={transcript} first={place()!} />
          </Show>
        </Show>
      </Show>
    </div>
  );
}

/** True one frame after: by then what is there has been drawn and has scrolled to its place. */
function useDrawn(there: () => boolean): () => boolean {
  const [drawn, setDrawn] = createSignal(false);
  const is = createMemo(there);
  createEffect(() => is() && requestAnimationFrame(() => setDrawn(true)));
  return drawn;
}

function Deleted(): JSX.Element {
  return (
    <Empty title="This session was deleted" text="Its text is gone from the archive and the search.">
      <ToTimeline />
    </Empty>
  );
}

function Failed(props: { readonly store: SessionStore; readonly onRetry: () => void }): JSX.Element {
  return (
    <Show
      when={props.store.fault()?.code === "not_found"}
      fallback={
        <div class="pad">
          <ErrorBox fault={props.store.fault()!} onRetry={() => props.onRetry()} />
        </div>
      }
    >
      <Empty title="There is no such session" text="It may have been deleted, or the address is from another archive.">
        <ToTimeline />
      </Empty>
    </Show>
  );
}

function ToTimeline(): JSX.Element {
  return (
    <a class="button plain" href="/timeline">
      Go to the timeline
    </a>
  );
}
