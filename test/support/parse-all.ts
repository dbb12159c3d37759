/** Runs a provider over a source's bytes, in one piece or in many, as deriving does; and reads its lines back alone. */
import type { Facts, Line, Mark, Part, Provider, Usage } from "../../src/domain/provider.ts";
import { LineCutter, values } from "../../src/lib/lines.ts";

/** A part with the place of its value. */
export type Placed = Part & { readonly offset: number; /** Among the values of its line. */ readonly value: number };

export type Whole = {
  readonly parts: readonly Placed[];
  /** The last word on each fact; of titles the most trusted (see `titles`). */
  readonly facts: Facts;
  readonly titles: readonly { readonly text: string; readonly trust: string }[];
  /** The maximum of each figure by key. */
  readonly usage: ReadonlyMap<string, Usage>;
  readonly marks: readonly Mark[];
  readonly state: object;
};

/** Parses all whole lines of `pieces` (and a tail that is JSON), passing the state through JSON at each cut. */
export function parseAll(provider: Provider, pieces: readonly Uint8Array[]): Whole {
  const said = collect(provider);
  const cutter = new LineCutter(0);
  for (const piece of pieces) {
    for (const raw of cutter.push(piece)) values(raw).forEach(said.take);
    said.pause();
  }
  const tail = cutter.tail();
  if (tail)
    values(tail)
      .filter((line) => line.value !== undefined)
      .forEach(said.take);
  return said.whole();
}

/** Parses the values that a file rewritten whole holds, in order. */
export function parseFile(provider: Provider, bytes: Uint8Array): Whole {
  const said = collect(provider);
  explodedLines(provider, bytes).forEach(said.take);
  return said.whole();
}

function collect(provider: Provider) {
  const parts: Placed[] = [];
  const titles: { text: string; trust: string }[] = [];
  const usage = new Map<string, Usage>();
  const marks: Mark[] = [];
  let facts: Facts = {};
  let state = provider.start();
  const take = (line: Line, value: number) => {
    const parsed = provider.parse(line, state);
    for (const part of parsed.parts) parts.push({ ...part, offset: line.offset, value });
    for (const one of parsed.usage ?? []) usage.set(one.key, larger(usage.get(one.key), one));
    if (parsed.facts?.title) titles.push(parsed.facts.title);
    marks.push(...(parsed.marks ?? []));
    facts = { ...facts, ...parsed.facts };
  };
  const pause = () => {
    state = JSON.parse(JSON.stringify(state));
  };
  return { take, pause, whole: (): Whole => ({ parts, facts, titles, usage, marks, state }) };
}

/** The values of a file rewritten whole, each as `parse` gets it; none when it is torn. */
export function explodedLines(provider: Provider, bytes: Uint8Array): readonly Line[] {
  let whole: unknown;
  try {
    whole = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return [];
  }
  const all = provider.explode?.(whole) ?? [];
  return all.map((value) => ({ offset: 0, text: JSON.stringify(value), value, oversize: false }));
}

/** All values of a source, each as `parse` gets it. */
export function linesOf(bytes: Uint8Array): readonly Line[] {
  const cutter = new LineCutter(0);
  const raw = [...cutter.push(bytes)];
  const tail = cutter.tail();
  return [...raw, ...(tail ? [tail] : [])].flatMap((line) => values(line));
}

function larger(a: Usage | undefined, b: Usage): Usage {
  if (!a) return b;
  const max = (name: keyof Usage["tokens"]) => Math.max(a.tokens[name] ?? 0, b.tokens[name] ?? 0);
  const hour = max("cache_write_1h");
  const tokens = {
    input: max("input"),
    output: max("output"),
    cache_read: max("cache_read"),
    cache_write: max("cache_write"),
    reasoning: max("reasoning"),
    ...(hour > 0 && { cache_write_1h: hour }),
  };
  return { ...b, tokens };
}
