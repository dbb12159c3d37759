/** Tells connections that outlive a request that a token or a login has ended, so that they end at once too. */
import type { App } from "../../app.ts";

const listeners = new WeakMap<App, Set<() => void>>();

/** Calls `act` whenever some token or login of `app` was ended. Returns the way to stop. */
export function whenEnded(app: App, act: () => void): () => void {
  const acts = listeners.get(app) ?? new Set();
  listeners.set(app, acts.add(act));
  return () => void acts.delete(act);
}

/** Says that one was ended, once that is on disk. */
export function tellEnded(app: App): void {
  for (const act of listeners.get(app) ?? []) act();
}
