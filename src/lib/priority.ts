/**
 * Who waits on a busy machine, as nice values: main is left as it is, everything else steps back behind what waits for it.
 * Linux has priorities by thread. Where the system does not allow it, everything works all the same.
 */
import { readdirSync, readFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/** Behind main, which answers at once; before all that compiles, ships and indexes, for an import goes as fast as it does. */
export const WRITER = 2;
/** Behind what it hands its work to, and the agents beside it. */
export const SHIPPER = 5;
/** Behind everything: live search lags by hundreds of milliseconds on a busy machine if it is lower still. */
export const BACKGROUND = 10;

/** Lowers this thread's priority; on macOS nothing. */
export function lowerThread(nice: number): void {
  if (process.platform === "linux") lowerProcess(nice);
}

/** Lowers this process' priority: on Linux this thread's and that of threads it starts from now on. */
export function lowerProcess(nice: number): void {
  tried(() => lower(0, nice));
}

/**
 * Lowers the threads that compile our code, which end when they had nothing to do and come again: at the beginning of a first
 * import they would have a third of two cores, and what they are quicker for has been done more slowly by then.
 */
export function lowerCompilers(): void {
  if (process.platform !== "linux") return;
  tried(() => {
    for (const thread of readdirSync("/proc/self/task"))
      tried(() => {
        const name = readFileSync(`/proc/self/task/${thread}/comm`, "utf8");
        if (name.startsWith("JITWorker")) lower(Number(thread), BACKGROUND);
      });
  });
}

/** Linux takes 0 for the thread that asks. */
function lower(id: number, nice: number) {
  if (getPriority(id) < nice) setPriority(id, nice);
}

function tried(act: () => void) {
  try {
    act();
  } catch {
    // A thread has ended, /proc is missing, or it is not allowed here.
  }
}
