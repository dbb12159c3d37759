/** Work for a moment in which nothing happens. */

/** In which what a page needs soon is done at the latest, ms. */
export const SOON_MS = 500;
/** Safari does not say when it rests. */
const BLIND_MS = 100;

/** Calls once the main thread rests, after `timeout` ms in any case. */
export function idle(run: () => void, timeout?: number): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run, timeout === undefined ? {} : { timeout });
  else setTimeout(run, BLIND_MS);
}
