/** How late this machine lets a process run: what others' load must not be blamed for. */

const TICK_MS = 50;

/** `stop` gives the longest delay of a timer since the start, ms. */
export function startLagMeter(): { stop(): number } {
  let [worst, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const at = performance.now();
    worst = Math.max(worst, at - last - TICK_MS);
    last = at;
  }, TICK_MS);
  return {
    stop() {
      clearInterval(timer);
      return worst;
    },
  };
}
