/** Time that passes on the screen: one shared ticking signal per pace, running only while something shows it. */
import { createSignal, onCleanup, type Accessor } from "solid-js";

type Pace = {
  readonly now: Accessor<number>;
  readonly tick: () => void;
  users: number;
  timer?: ReturnType<typeof setInterval>;
};
const paces = new Map<number, Pace>();

/** The current time (ms) for a component, renewed every `everyMs`. */
export function useNow(everyMs: number): Accessor<number> {
  const pace = paces.get(everyMs) ?? start(everyMs);
  // Not at each use: a tick makes every other user look again.
  if (pace.users === 0) pace.tick();
  pace.users++;
  pace.timer ??= setInterval(pace.tick, everyMs);
  onCleanup(() => {
    if (--pace.users > 0) return;
    clearInterval(pace.timer);
    delete pace.timer;
  });
  return pace.now;
}

function start(everyMs: number): Pace {
  const [now, setNow] = createSignal(Date.now());
  const pace: Pace = { now, tick: () => setNow(Date.now()), users: 0 };
  paces.set(everyMs, pace);
  return pace;
}
