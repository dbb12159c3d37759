/** Wrong passwords cost time, for the address they come from and, when there are many, for all. Judged before any hashing. */

/** Wrong ones that cost nothing, then 1, 2, 4 … seconds. */
const FREE = 5;
const LONGEST_MS = 60_000;
/** After this long without a try it is forgotten. */
const MEMORY_MS = 15 * 60_000;
/** Peers remembered; the oldest go first. An attacker with more addresses meets the limit for all. */
const PEERS = 1000;
/** Wrong ones of everybody together before all wait: many addresses are no way around. */
const FREE_FOR_ALL = 60;

type Record = { wrong: number; at: number; until: number };

export type Throttle = {
  /** Milliseconds until `peer` may try; 0 = now. */
  wait(peer: string, now: number): number;
  wrong(peer: string, now: number): void;
  right(peer: string): void;
};

export function createThrottle(): Throttle {
  const peers = new Map<string, Record>();
  const all: Record = { wrong: 0, at: 0, until: 0 };

  return {
    wait: (peer, now) => Math.max(0, (peers.get(peer)?.until ?? 0) - now, all.until - now),
    wrong(peer, now) {
      const known = peers.get(peer) ?? { wrong: 0, at: now, until: 0 };
      // To the end of the line: a Map gives its oldest first.
      peers.delete(peer);
      peers.set(peer, note(known, now, FREE));
      if (peers.size > PEERS) peers.delete(peers.keys().next().value!);
      note(all, now, FREE_FOR_ALL);
    },
    right(peer) {
      peers.delete(peer);
      all.wrong--;
    },
  };
}

function note(record: Record, now: number, free: number): Record {
  if (now - record.at > MEMORY_MS) record.wrong = 0;
  record.wrong++;
  record.at = now;
  const over = record.wrong - free;
  if (over > 0) record.until = now + Math.min(LONGEST_MS, 1000 * 2 ** Math.min(over - 1, 16));
  return record;
}
