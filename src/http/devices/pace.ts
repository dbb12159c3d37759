/** How often a device may ask, and an address begin: counted in memory, bounded, judged before anything is written. */

/** Askings that an address may begin at once, and how long until it may begin one more, ms. */
const BURST = 20;
const REFILL_MS = 15_000;
const KEPT = 1000;
/** A clock that is a little off, and a network that bunches two polls. */
const GRACE_MS = 300;
/** What `slow_down` adds to the interval, seconds (RFC 8628, 3.5). */
const SLOWER_S = 5;
const SLOWEST_S = 60;

export type Pace = {
  /** Seconds until `peer` may begin another; 0 = now, and it is counted. */
  begin(peer: string, now: number): number;
  /** Seconds that the poller of `code` has to wait from now on; 0 = it came in time. */
  poll(code: string, now: number): number;
  /** Nobody polls for it any more. */
  forget(code: string): void;
};

/** `intervalS`: seconds between polls that were told to the device. */
export function createPace(intervalS: number): Pace {
  const peers = new Map<string, { left: number; at: number }>();
  const polls = new Map<string, { at: number; intervalS: number }>();
  return {
    begin(peer, now) {
      const known = peers.get(peer) ?? { left: BURST, at: now };
      const left = Math.min(BURST, known.left + Math.max(0, now - known.at) / REFILL_MS);
      keep(peers, peer, { left: left >= 1 ? left - 1 : left, at: now });
      return left >= 1 ? 0 : Math.ceil(((1 - left) * REFILL_MS) / 1000);
    },
    poll(code, now) {
      const last = polls.get(code);
      const early = last !== undefined && now - last.at < last.intervalS * 1000 - GRACE_MS;
      const next = Math.min(SLOWEST_S, (last?.intervalS ?? intervalS) + (early ? SLOWER_S : 0));
      keep(polls, code, { at: now, intervalS: next });
      return early ? next : 0;
    },
    forget: (code) => void polls.delete(code),
  };
}

/** To the end of the line: a Map gives its oldest first, and the oldest go. */
function keep<T>(map: Map<string, T>, key: string, value: T) {
  map.delete(key);
  map.set(key, value);
  if (map.size > KEPT) map.delete(map.keys().next().value!);
}
