/**
 * Whether the server can be talked to. One failure closes the gate for all sources; when the wait is over one request goes
 * ahead of the others, and only its success opens the gate again.
 */
import { type Backoff, backoffMs } from "../lib/retry.ts";

export type GateState =
  | { readonly kind: "open" }
  /** `until` ms UTC; `failures` in a row; `asked`: the server wants us to wait so long. */
  | {
      readonly kind: "waiting";
      readonly until: number;
      readonly failures: number;
      readonly reason: string;
      readonly asked: boolean;
    }
  | { readonly kind: "paused"; readonly until: number; readonly reason: string };

export type Gate = {
  readonly state: GateState;
  /** Whether one more request may start now, beside `active` others. */
  admits(active: number): boolean;
  /** A request got its answer: what failed before is over. */
  succeeded(): void;
  /** Out of reach, overloaded. Failures of requests that were under way together count once. */
  failed(reason: string, retryAfter: number | null): void;
  /** The token is not good. */
  refused(reason: string): void;
  /** Lets the next request try at once, unless the server asked us to wait. */
  knock(): void;
  close(): void;
};

/** `pauseMs`: how long a pause lasts before the token is tried again. */
export type GateTimes = Backoff & { readonly pauseMs: number };

/** `opened` is called whenever requests may start again; `changed` whenever the state is another. */
export function createGate(times: GateTimes, opened: () => void, changed: (state: GateState) => void): Gate {
  let state: GateState = { kind: "open" };
  let failures = 0;
  let timer: Timer | null = null;
  // Not asked of the clock: one that is set back a day must not keep us waiting for one.
  let over = true;

  const become = (next: GateState, wait = 0) => {
    state = next;
    over = wait === 0;
    if (timer) clearTimeout(timer);
    timer = over ? null : setTimeout(() => ((over = true), opened()), wait);
    changed(next);
  };
  const isOver = () => state.kind === "open" || over;

  return {
    get state() {
      return state;
    },
    admits: (active) => state.kind === "open" || (isOver() && active === 0),
    succeeded() {
      failures = 0;
      if (state.kind === "open") return;
      become({ kind: "open" });
      opened();
    },
    failed(reason, retryAfter) {
      if (!isOver()) return;
      failures++;
      const wait = Math.max(retryAfter ?? 0, backoffMs(failures, times));
      const asked = wait === retryAfter && wait > 0;
      become({ kind: "waiting", until: Date.now() + wait, failures, reason, asked }, Math.max(1, wait));
    },
    refused(reason) {
      if (!isOver()) return;
      become({ kind: "paused", until: Date.now() + times.pauseMs, reason }, times.pauseMs);
    },
    knock() {
      if (state.kind === "open" || (state.kind === "waiting" && state.asked)) return;
      become({ ...state, until: Date.now() });
      opened();
    },
    close: () => timer && clearTimeout(timer),
  };
}
