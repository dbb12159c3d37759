/** Which lines go and which come, after E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). */

export type Edit = { readonly sign: " " | "-" | "+"; readonly line: string };

/** More differing lines than this are shown as "all of it out, all of it in": the search costs memory by the square. */
const MAX_EDITS = 1000;

/** The shortest way from `before` to `after`, line by line, removals before additions where it can choose. */
export function lineEdits(before: string, after: string): readonly Edit[] {
  const a = linesOf(before);
  const b = linesOf(after);
  const head = commonHead(a, b);
  const tail = commonTail(a, b, head);
  const middle = shortest(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const kept = (lines: readonly string[]) => lines.map((line): Edit => ({ sign: " ", line }));
  return [...kept(a.slice(0, head)), ...middle, ...kept(a.slice(a.length - tail))];
}

function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function commonHead(a: readonly string[], b: readonly string[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

function commonTail(a: readonly string[], b: readonly string[], head: number): number {
  let n = 0;
  while (n < a.length - head && n < b.length - head && a[a.length - 1 - n] === b[b.length - 1 - n]) n++;
  return n;
}

function shortest(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const trace = a.length > 0 && b.length > 0 ? search(a, b) : null;
  if (trace) return walkBack(a, b, trace);
  return [...a.map((line): Edit => ({ sign: "-", line })), ...b.map((line): Edit => ({ sign: "+", line }))];
}

/** For each number of edits, how far each diagonal reached before it; null when there are too many edits. */
function search(a: readonly string[], b: readonly string[]): readonly Int32Array[] | null {
  const limit = Math.min(MAX_EDITS, a.length + b.length);
  const reach = new Int32Array(2 * limit + 3);
  const middle = limit + 1;
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= limit; edits++) {
    trace.push(reach.slice(middle - edits - 1, middle + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && reach[middle + k - 1]! < reach[middle + k + 1]!);
      let x = down ? reach[middle + k + 1]! : reach[middle + k - 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach[middle + k] = x;
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return null;
}

function walkBack(a: readonly string[], b: readonly string[], trace: readonly Int32Array[]): readonly Edit[] {
  const edits: Edit[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach = trace[d]!;
    const at = (k: number) => reach[k + d + 1]!;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const fromX = d === 0 ? 0 : down ? at(k + 1) : at(k - 1);
    const fromY = d === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    // The diagonal after the edit is walked first: we come from the end.
    for (; x > fromX && y > fromY; y--) edits.push({ sign: " ", line: a[--x]! });
    if (y > fromY) edits.push({ sign: "+", line: b[--y]! });
    else if (x > fromX) edits.push({ sign: "-", line: a[--x]! });
  }
  return edits.reverse();
}
