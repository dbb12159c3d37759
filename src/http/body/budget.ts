/**
 * Bytes of request bodies that may stand in memory at once. Whoever does not fit waits in line, the socket unread (Bun holds
 * back the sender), and is asked to come again when it takes too long: many big bodies must not end the process.
 */
import { Fault } from "../../domain/fault.ts";

type Waiting = { readonly bytes: number; readonly hold: Hold; readonly go: () => void };

/** A share of memory. Nothing may stay held after its request: `release` in a finally. */
export type Hold = {
  /** Waits for `bytes` more. Throws Fault `slow_down` after the budget's patience. */
  grow(bytes: number): Promise<void>;
  /** Gives `bytes` of it back early. */
  shrink(bytes: number): void;
  /** Gives everything back. */
  release(): void;
};

export type Budget = {
  hold(): Hold;
  /** Bytes held now. */
  readonly used: number;
};

/** `total` bytes for all; a single hold may pass it when it is alone, so that nothing is too big to ever be let in. */
export function createBudget(total: number, patienceMs: number): Budget {
  const held = new Map<Hold, number>();
  const line: Waiting[] = [];
  let used = 0;

  const add = (hold: Hold, bytes: number) => {
    held.set(hold, (held.get(hold) ?? 0) + bytes);
    used += bytes;
  };
  const fits = (hold: Hold, bytes: number) => used + bytes <= total || used === (held.get(hold) ?? 0);
  const letIn = () => {
    // In order of arrival: a big one is not overtaken for ever by small ones.
    for (let first = line[0]; first && fits(first.hold, first.bytes); first = line[0]) {
      line.shift();
      add(first.hold, first.bytes);
      first.go();
    }
  };
  const wait = (hold: Hold, bytes: number) =>
    new Promise<void>((resolve, reject) => {
      const entry = { bytes, hold, go: () => (clearTimeout(timer), resolve()) };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(entry), 1);
        reject(tooBusy());
        letIn();
      }, patienceMs);
      line.push(entry);
    });
  const give = (hold: Hold, bytes: number) => {
    const left = (held.get(hold) ?? 0) - bytes;
    used -= bytes;
    if (left > 0) held.set(hold, left);
    else held.delete(hold);
    letIn();
  };

  return {
    hold() {
      const hold: Hold = {
        grow: async (bytes) => (line.length === 0 && fits(hold, bytes) ? add(hold, bytes) : wait(hold, bytes)),
        shrink: (bytes) => give(hold, Math.min(bytes, held.get(hold) ?? 0)),
        release: () => give(hold, held.get(hold) ?? 0),
      };
      return hold;
    },
    get used() {
      return used;
    },
  };
}

function tooBusy(): Fault {
  return new Fault("slow_down", "Too many large requests at once.", "Send it again in a moment.", { retry_after: 2 });
}
