/** How many sessions wait for a person, for the tab's title and the badge of the installed app. */
import { createEffect, createSignal, onCleanup } from "solid-js";
import { listSessions } from "../api/sessions.ts";
import { live } from "../live.ts";

const [waiting, setWaiting] = createSignal(0);

/** Sessions in the state `waiting`, as far as is known. */
export { waiting };

/** Frames come in flocks. */
const REST_MS = 800;
const MOST = 100;

/** Counts at the start, after a reconnect, and whenever a session changed; while the component lives. */
export function watchWaiting(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const count = () => {
    timer = undefined;
    listSessions({ state: "waiting", limit: MOST }).then(
      ({ sessions }) => setWaiting(sessions.length),
      () => {},
    );
  };
  const soon = () => void (timer ??= setTimeout(count, REST_MS));
  /** Only a change of who waits is worth a question. */
  const known = new Map<string, boolean>();
  const stops = [
    live().onResync(soon),
    live().onFrame((frame) => {
      if (frame.type === "session_deleted") return soon();
      if (frame.type !== "session") return;
      const waits = frame.session.state === "waiting";
      if ((known.get(frame.session.id) ?? false) !== waits) soon();
      known.set(frame.session.id, waits);
    }),
  ];
  createEffect(() => showBadge(waiting()));
  onCleanup(() => (clearTimeout(timer), stops.forEach((stop) => stop())));
}

/** Only installed apps have a badge; other browsers say no, or have no such function. */
function showBadge(count: number): void {
  if (!("setAppBadge" in navigator)) return;
  void (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}
