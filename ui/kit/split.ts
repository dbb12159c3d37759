/** A diff's lines side by side. Pure. */
import type { DiffLine } from "../../src/domain/diff.ts";

/** Indexes into the diff's lines; null where a side has no line. A hunk's heading stands on both. */
export type Pair = { readonly left: number | null; readonly right: number | null };

/** Removed lines beside the added ones that follow them, unchanged ones beside themselves. */
export function splitLines(lines: readonly DiffLine[]): readonly Pair[] {
  const pairs: Pair[] = [];
  let gone: number[] = [];
  let come: number[] = [];
  const flush = () => {
    for (let at = 0; at < Math.max(gone.length, come.length); at++)
      pairs.push({ left: gone[at] ?? null, right: come[at] ?? null });
    gone = [];
    come = [];
  };
  lines.forEach(({ sign }, index) => {
    if (sign === "-") {
      if (come.length > 0) flush();
      gone.push(index);
    } else if (sign === "+") come.push(index);
    else {
      flush();
      pairs.push({ left: index, right: index });
    }
  });
  flush();
  return pairs;
}
