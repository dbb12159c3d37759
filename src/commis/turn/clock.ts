/** How long a turn may take, and how long it may say nothing. It stands still while a person is asked. */

type Limits = { readonly total: number; readonly silence: number };

/** Begins to run; `over` is called once, with the reason in words. */
export function createClock({ total, silence }: Limits, over: (why: string) => void) {
  let left = { total, silence };
  let from = performance.now();
  let paused = false;
  let timer = arm();

  function arm(): Timer {
    const why =
      left.total <= left.silence ? `It was ended after ${seconds(total)}.` : `It said nothing for ${seconds(silence)}.`;
    return setTimeout(() => over(why), Math.min(left.total, left.silence));
  }

  /** Takes off what has passed since the last look. */
  function spend() {
    clearTimeout(timer);
    const passed = paused ? 0 : performance.now() - from;
    from = performance.now();
    left = { total: Math.max(0, left.total - passed), silence: Math.max(0, left.silence - passed) };
  }

  return {
    heard(): void {
      spend();
      left.silence = silence;
      if (!paused) timer = arm();
    },
    pause(): void {
      spend();
      paused = true;
    },
    resume(): void {
      spend();
      paused = false;
      left.silence = silence;
      timer = arm();
    },
    close(): void {
      clearTimeout(timer);
    },
  };
}

/** A duration for a message. */
export const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
