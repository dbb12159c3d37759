/** Collects garbage by the bytes that passed through: left to itself a thread keeps tens of megabytes of dead buffers. */

export type Sweep = {
  /** Counts bytes; collects once `every` have passed. */
  passed(bytes: number): void;
};

/** Also collects once nothing has passed for `idleMs` (0 = never), after `rest`. */
export function createSweep(every: number, idleMs = 0, rest = () => {}): Sweep {
  let since = 0;
  const collect = () => {
    since = 0;
    Bun.gc(true);
  };
  const pause = createPause(idleMs, () => (rest(), collect()));
  return {
    passed(bytes) {
      since += bytes;
      if (since > every) collect();
      if (idleMs > 0 && bytes > 0) pause();
    },
  };
}

/** Calls back once it was not called for `ms`; keeps no process alive. */
export function createPause(ms: number, then: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  return () => {
    if (timer) clearTimeout(timer);
    timer = setTimeout(then, ms);
    timer.unref();
  };
}
