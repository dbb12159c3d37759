/**
 * Bytes of request bodies that may stand in memory at once. Whoever does not fit waits in line, the socket unread (Bun holds
 * back the sender), and is asked to come again when it takes too long: many big bodies must not end the process.
 */
import { Fault } from "../../domain/fault.ts";
import { MIB } from "../../domain/limits.ts";

/** `total` bytes for all; a share may pass it when it is alone, so that nothing is too big to ever be let in. */
export type Budget = {
  readonly total: number;
  /** How long one waits in line, ms. */
  readonly patienceMs: number;
  /** Bytes held now. */
  used: number;
  readonly line: Waiting[];
};

/** What one request holds; `release` it in a finally. */
export type Share = { readonly budget: Budget; bytes: number };

type Waiting = { readonly share: Share; readonly bytes: number; go(): void };

/** A budget that nobody has taken from. */
export function createBudget(total: number, patienceMs: number): Budget {
  return { total, patienceMs, used: 0, line: [] };
}

/** Waits for `bytes` more. Throws Fault `slow_down` when that takes longer than the budget's patience. */
export async function grow(share: Share, bytes: number): Promise<void> {
  const { line } = share.budget;
  if (line.length === 0 && fits(share, bytes)) return take(share, bytes);
  await new Promise<void>((resolve, reject) => {
    const entry = { share, bytes, go: () => (clearTimeout(timer), resolve()) };
    const timer = setTimeout(() => {
      line.splice(line.indexOf(entry), 1);
      reject(tooBusy());
      letIn(share.budget);
    }, share.budget.patienceMs);
    line.push(entry);
  });
}

/** Gives `bytes` of it back early. */
export function shrink(share: Share, bytes: number): void {
  take(share, -Math.min(bytes, share.bytes));
  letIn(share.budget);
}

/** Gives everything back. */
export function release(share: Share): void {
  if (share.bytes > LARGE) sweepSoon();
  shrink(share, share.bytes);
}

/** In order of arrival: a big one is not overtaken for ever by small ones. */
function letIn({ line }: Budget) {
  for (let first = line[0]; first && fits(first.share, first.bytes); first = line[0]) {
    line.shift();
    take(first.share, first.bytes);
    first.go();
  }
}

function fits({ budget, bytes: mine }: Share, bytes: number): boolean {
  return budget.used + bytes <= budget.total || budget.used === mine;
}

function take(share: Share, bytes: number) {
  share.bytes += bytes;
  share.budget.used += bytes;
}

function tooBusy(): Fault {
  return new Fault("slow_down", "Too many large requests at once.", "Send it again in a moment.", { retry_after: 2 });
}

/** A share this large leaves garbage that a quiet server would keep: its collector has no reason to run. */
const LARGE = 8 * MIB;
const SWEEP_MS = 1000;

let sweep: Timer | undefined;

/** Has the memory of large bodies given back once no more of them come. 5 ms of the loop. */
function sweepSoon() {
  clearTimeout(sweep);
  sweep = setTimeout(() => Bun.gc(true), SWEEP_MS);
  sweep.unref();
}
