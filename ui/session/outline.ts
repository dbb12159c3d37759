/** What the panel shows besides the session's row: fetched when the page stands, and again when a live session has gone on. */
import { createEffect, createMemo, createSignal, on, onCleanup, onMount, type Accessor } from "solid-js";
import type { Stretch } from "../../src/domain/activity.ts";
import type { ChangedFile } from "../../src/domain/changed-file.ts";
import { getActivity, listChangedFiles } from "../api/events.ts";
import { idle, SOON_MS } from "../kit/idle.ts";
import { eventsOf } from "./rows.ts";
import type { Scroll } from "./scroll.ts";
import type { SessionStore } from "./store.ts";
import type { Transcript } from "./transcript.ts";

export type Outline = {
  readonly files: Accessor<readonly ChangedFile[]>;
  readonly stretches: Accessor<readonly Stretch[]>;
  /** The share of the session above the screen; null while it is not known. */
  readonly here: Accessor<number | null>;
};

const BUCKETS = 120;
/** A session at work changes all the time; its files are read again at most this often (ms). */
const AGAIN_MS = 8000;

/** The outline of a page's session. What does not come is left out. */
export function useOutline(store: SessionStore, transcript: Transcript, scroll: Scroll): Outline {
  const [files, setFiles] = createSignal<readonly ChangedFile[]>([]);
  const [stretches, setStretches] = createSignal<readonly Stretch[]>([]);
  const leaving = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const fetch = async () => {
    const { signal } = leaving;
    const changed = store.session()?.has_changes ? listChangedFiles(store.session()!.id, signal) : null;
    const map = await getActivity(transcript.id, BUCKETS, signal).catch(() => null);
    if (map) setStretches(map.stretches);
    const found = await changed?.catch(() => null);
    if (found) setFiles(found.files);
  };
  onMount(() => idle(() => void fetch(), SOON_MS));
  const size = createMemo(() => `${store.session()?.tool_calls} ${store.session()?.has_changes}`);
  const later = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void fetch();
    }, AGAIN_MS);
  };
  createEffect(on(size, later, { defer: true }));
  onCleanup(() => (leaving.abort(), clearTimeout(timer)));
  return { files, stretches, here: createMemo(() => placeOf(transcript, scroll, stretches())) };
}

/** By time between the stretches: positions of events are not told. */
function placeOf({ rows }: Transcript, scroll: Scroll, stretches: readonly Stretch[]): number | null {
  const { list } = rows();
  const row = list[scroll.top()];
  if (!row || stretches.length === 0) return null;
  if (scroll.following()) return 1;
  const at = eventsOf(row)[0]?.at;
  if (!at) return null;
  const index = stretches.findLastIndex((one) => one.at !== null && one.at <= at);
  const [from, to] = [stretches[index]?.at, stretches[index + 1]?.at];
  if (index < 0) return 0;
  const within =
    from && to && to > from ? (Date.parse(at) - Date.parse(from)) / (Date.parse(to) - Date.parse(from)) : 0;
  return (index + Math.min(1, within)) / stretches.length;
}
