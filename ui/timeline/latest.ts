/** Runs one asynchronous question at a time: a new one aborts the old, and an old answer is never delivered. Pure. */

export type Latest = {
  /** Asks after `waitMs` (0 = at once). Only the newest question's answer or failure is told; aborts are silent. */
  ask<T>(question: (signal: AbortSignal) => Promise<T>, told: Told<T>, waitMs?: number): void;
  /** Forgets the question that is on its way. */
  stop(): void;
};

export type Told<T> = { answer(value: T): void; failure(error: unknown): void };

/** Makes a runner of its own; runners do not know of each other. */
export function createLatest(): Latest {
  let current: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(timer);
    current?.abort();
    current = undefined;
  };
  const ask: Latest["ask"] = (question, told, waitMs = 0) => {
    stop();
    const mine = new AbortController();
    current = mine;
    const run = () =>
      question(mine.signal).then(
        (value) => current === mine && told.answer(value),
        (error: unknown) => current === mine && told.failure(error),
      );
    if (waitMs === 0) void run();
    else timer = setTimeout(() => void run(), waitMs);
  };
  return { ask, stop };
}
