/**
 * A database is written to all the time, and looking over it costs more than a look at a file: the first change is looked
 * at at once, further ones after a pause that grows with what the last look took.
 */
import { sleep } from "../lib/retry.ts";
import type { Place } from "./scan.ts";

/** Least pause between two looks, ms, and how many times a look's own time it is at least. */
const PAUSE_MS = 1_000;
const PAUSE_SHARE = 20;

/** What to call when a database changed. `look` is never called twice at a time for one path. */
export function createHints(look: (place: Place, path: string) => Promise<unknown>, signal: AbortSignal) {
  const busy = new Map<string, { again: boolean }>();

  const run = async (place: Place, path: string, slot: { again: boolean }) => {
    do {
      slot.again = false;
      const began = performance.now();
      await look(place, path);
      await sleep(Math.max(PAUSE_MS, (performance.now() - began) * PAUSE_SHARE), signal);
    } while (slot.again && !signal.aborted);
  };
  return (place: Place, path: string): void => {
    const slot = busy.get(path);
    if (slot) return void (slot.again = true);
    const mine = { again: false };
    busy.set(path, mine);
    // A look that failed was logged where it failed; the rescan comes anyway.
    void run(place, path, mine)
      .catch(() => {})
      .finally(() => busy.delete(path));
  };
}
