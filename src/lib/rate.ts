/** How fast something goes, over the last few seconds, and how long the rest will take. */

export type Meter = {
  /** Notes that `total` is done at `now` (ms). */
  note(total: number, now: number): void;
  /** Units a second; 0 while nothing is known. */
  readonly rate: number;
  /** Seconds until `left` more are done, whole; null while unknown. */
  eta(left: number): number | null;
  reset(): void;
};

/** Looks back `windowMs`. */
export function createMeter(windowMs = 5000): Meter {
  let notes: { readonly total: number; readonly at: number }[] = [];
  const rate = () => {
    const [first] = notes;
    const last = notes.at(-1);
    return first && last && last.at > first.at ? ((last.total - first.total) * 1000) / (last.at - first.at) : 0;
  };
  return {
    note(total, now) {
      notes.push({ total, at: now });
      while (notes.length > 2 && notes[0]!.at < now - windowMs) notes.shift();
    },
    get rate() {
      return rate();
    },
    eta: (left) => (rate() > 0 ? Math.ceil(left / rate()) : null),
    reset: () => void (notes = []),
  };
}
