/** What a turn has said, for whoever listens: from the beginning or from any number on, without loss or repeats. */
import type { Outcome, Said } from "../domain/turn.ts";

export type Heard = { readonly n: number; readonly said: Said };

export type Chat = {
  /** How many things were said so far. */
  readonly length: number;
  readonly outcome: Outcome | null;
  /** The thing with this number comes next; those that were heard before a crash of ours come again under theirs. */
  push(said: Said, n: number): void;
  end(outcome: Outcome): void;
  /** All from number `from` on, as it comes, until the turn ends or the signal aborts. */
  listen(from: number, signal: AbortSignal): AsyncGenerator<Heard>;
  /** Those who listen now. */
  readonly listeners: number;
};

/** An empty one. */
export function createChat(): Chat {
  const all: Said[] = [];
  let outcome: Outcome | null = null;
  let listeners = 0;
  let more = Promise.withResolvers<void>();
  const wake = () => {
    more.resolve();
    more = Promise.withResolvers<void>();
  };
  return {
    get length() {
      return all.length;
    },
    get outcome() {
      return outcome;
    },
    get listeners() {
      return listeners;
    },
    push(said, n) {
      all[n] = said;
      wake();
    },
    end(what) {
      outcome = what;
      wake();
    },
    async *listen(from, signal) {
      listeners++;
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      try {
        for (let n = from; !signal.aborted;) {
          while (n < all.length) yield { n, said: all[n++]! };
          if (outcome) return;
          await Promise.race([more.promise, aborted]);
        }
      } finally {
        listeners--;
      }
    },
  };
}
