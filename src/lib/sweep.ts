/** Collects garbage by the bytes that passed through: left to itself a thread keeps tens of megabytes of dead buffers. */

export type Sweep = {
  /** Counts bytes; collects once `every` have passed. */
  passed(bytes: number): void;
};

/** Also collects once nothing has passed for `idleMs` (0 = never), after `rest`. */
export function createSweep(every: number, idleMs = 0, rest = () => {}): Sweep {
  let since = 0;
  let idle: ReturnType<typeof setTimeout> | null = null;
  const collect = () => {
    since = 0;
    Bun.gc(true);
  };
  return {
    passed(bytes) {
      since += bytes;
      if (since > every) collect();
      if (idleMs === 0 || bytes === 0) return;
      if (idle) clearTimeout(idle);
      idle = setTimeout(() => (rest(), collect()), idleMs);
      idle.unref();
    },
  };
}
