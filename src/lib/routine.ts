/**
 * What is done again and again while nothing else happens. To wake a process that sleeps costs it some 0.4 ms, whatever it
 * then does: so all routines wake it at the same moments, the multiples of their periods.
 */

/** Milliseconds until the next multiple of `ms`; a timer that fired a little early is on time. */
export function untilNext(ms: number, now = performance.now()): number {
  const left = ms - (now % ms);
  return left < ms / 10 ? left + ms : left;
}

/** Calls `act` every `ms` until the way to stop, returned, is called. */
export function routine(ms: number, act: () => void): () => void {
  let timer = setTimeout(turn, untilNext(ms));
  function turn() {
    timer = setTimeout(turn, untilNext(ms));
    act();
  }
  return () => clearTimeout(timer);
}
