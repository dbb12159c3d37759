/** The smallest lines that still fail. */

/** Tries until nothing smaller fails, or `tries` are used up. */
export function shrink(lines: readonly string[], fails: (lines: readonly string[]) => boolean, tries = 3000): string[] {
  let left = tries;
  let best = [...lines];
  const better = (candidate: string[]): boolean => {
    if (left-- <= 0 || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let going = true; going && left > 0;) {
    going = false;
    for (let n = best.length - 1; n >= 0; n--) if (better(best.toSpliced(n, 1))) going = true;
    for (let n = 0; n < best.length; n++)
      for (const smaller of smallerLines(best[n]!))
        if (smaller.length < best[n]!.length && better(best.toSpliced(n, 1, smaller))) {
          going = true;
          break;
        }
  }
  return best;
}

/** Lines with something less in them, the smallest first. */
function* smallerLines(line: string): Generator<string> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    for (const part of [4, 2]) {
      const step = Math.ceil(line.length / part);
      for (let at = 0; at < line.length; at += step) yield line.slice(0, at) + line.slice(at + step);
    }
    for (let at = 0; at < line.length; at++) yield line.slice(0, at) + line.slice(at + 1);
    return;
  }
  for (const smaller of smallerValues(value)) yield JSON.stringify(smaller) ?? "null";
}

function* smallerValues(value: unknown): Generator<unknown> {
  if (typeof value === "string" && value.length > 1) {
    yield "";
    yield value.slice(0, value.length / 2);
    yield value.slice(value.length / 2);
  }
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) yield value.toSpliced(n, 1);
    for (const [n, inner] of value.entries())
      for (const less of smallerValues(inner)) yield value.toSpliced(n, 1, less);
  } else if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value))
      yield Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    for (const [key, inner] of Object.entries(value))
      for (const less of smallerValues(inner)) yield { ...value, [key]: less };
  }
}
