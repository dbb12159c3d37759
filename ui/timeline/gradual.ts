/**
 * Rows drawn a few a frame: the first at once, a screenful in the frames that follow, and the others once nobody types. To
 * draw them all would hold up the key that is typed, and the next answer would take their place.
 */
import { createComputed, createSignal, on, onCleanup, type Accessor } from "solid-js";

/** Rows that a frame has time for beside all else that an answer changes; those of any screen's height; and a frame's own. */
const FIRST = 4;
const SCREEN = 8;
const STEP = 1;
/** Nobody types who has not got another answer for so long. */
const REST_MS = 200;

/** The ids that are drawn: all of them, unless `typing` when they change. */
export function useGradually(ids: Accessor<readonly string[]>, typing: () => boolean): Accessor<readonly string[]> {
  const [room, setRoom] = createSignal(Infinity);
  let frame = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const grow = () => {
    setRoom(room() + STEP);
    goOn();
  };
  const soon = () => void (frame = requestAnimationFrame(grow));
  const goOn = () => {
    if (room() >= ids().length) return;
    if (room() === SCREEN) rest = setTimeout(soon, REST_MS);
    else soon();
  };
  const stop = () => {
    clearTimeout(rest);
    cancelAnimationFrame(frame);
  };
  createComputed(
    on(ids, (now, before = []) => {
      stop();
      const grows = before.length > 0 && before.every((id, n) => now[n] === id);
      if (!grows) setRoom(typing() ? FIRST : Infinity);
      // Not in the frame that draws what changed: another row would have it laid out twice.
      frame = requestAnimationFrame(goOn);
    }),
  );
  onCleanup(stop);
  return () => ids().slice(0, room());
}
