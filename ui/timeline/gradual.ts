/** Rows drawn a screenful at once and the others a few a frame: drawing them all would hold up the key that is typed. */
import { createComputed, createSignal, on, onCleanup, type Accessor } from "solid-js";

/** Rows of any screen's height, and those a frame has time for. */
const SCREEN = 7;
const STEP = 1;

/** The ids that are drawn: all of them, unless `typing` when they change. */
export function useGradually(ids: Accessor<readonly string[]>, typing: () => boolean): Accessor<readonly string[]> {
  const [room, setRoom] = createSignal(Infinity);
  let frame = 0;
  const grow = () => {
    setRoom(room() + STEP);
    frame = room() < ids().length ? requestAnimationFrame(grow) : 0;
  };
  createComputed(
    on(ids, (now, before = []) => {
      const grows = before.length > 0 && before.every((id, n) => now[n] === id);
      if (!grows) setRoom(typing() ? SCREEN : Infinity);
      if (room() < now.length && frame === 0) frame = requestAnimationFrame(grow);
    }),
  );
  onCleanup(() => cancelAnimationFrame(frame));
  return () => ids().slice(0, room());
}
