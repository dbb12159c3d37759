/** Sources that are to be looked at again at a time of their own. */
import { sourceKey } from "./row.ts";
import type { Found } from "./scan.ts";

export type Looks = {
  /** Looks at the source at `at`, ms UTC; one look a path: a steady writer puts it off. */
  later(found: Found, at: number): void;
  close(): void;
};

const LEAST_MS = 50;

/** What lies further away than `most` ms is looked at then: a rescan would find it. */
export function createLooks(most: number, look: (found: Found) => void): Looks {
  const timers = new Map<string, Timer>();
  let closed = false;
  return {
    later(found, at) {
      if (closed) return;
      const key = sourceKey(found);
      clearTimeout(timers.get(key));
      const ms = Math.min(Math.max(LEAST_MS, at - Date.now()), most);
      timers.set(
        key,
        setTimeout(() => (timers.delete(key), look(found)), ms),
      );
    },
    close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
