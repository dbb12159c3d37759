/** A one-shot that finds the lock taken: it lets the holder work for it and tells what that says. */
import { sleep } from "../lib/retry.ts";
import { lockHolder } from "./spool-lock.ts";
import { askHolder, dropWake, type Scope, type WakeProgress, wakeState } from "./spool-wakes.ts";
import type { Spool } from "./spool.ts";

const LOOK_MS = 100;

export type FollowOptions = {
  readonly spool: Spool;
  /** Of the shipper's lock. */
  readonly lock: string;
  readonly scope: Scope;
  readonly signal: AbortSignal;
  report(progress: WakeProgress): void;
};

/** What the holder did; null when it ended before it was done (or the signal aborted): the lock may be had then. */
export async function follow({ spool, lock, scope, signal, report }: FollowOptions): Promise<WakeProgress | null> {
  const wake = askHolder(spool, scope);
  try {
    while (!signal.aborted) {
      const { progress, done } = wakeState(spool, wake);
      if (progress && done) return progress;
      if (progress) report(progress);
      if (!lockHolder(lock)) return null;
      await sleep(LOOK_MS, signal);
    }
    return null;
  } finally {
    dropWake(spool, wake);
  }
}
