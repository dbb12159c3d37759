/** What must hold for every provider's `parse`, checked with made-up and mangled records. */
import { expect } from "bun:test";
import fc from "fast-check";
import type { Line, Part, Provider } from "../../src/domain/provider.ts";
import { linesOf, parseAll } from "./parse-all.ts";

/** What a part says without the state's help. */
function said({ index, kind, key: _key, at, text, call, output, isError, injected, input }: Part) {
  return { index, kind, at, text, call, output, isError, injected, input };
}

/**
 * Parses a line with a state and alone: neither throws, indexes are unique and below 1024, and whatever the state let
 * through stands under the same index, saying the same, when the line is read back alone.
 */
export function expectLawful(provider: Provider, line: Line, state: object) {
  const shown = provider.parse(line, state).parts;
  const alone = new Map(provider.parse(line, null).parts.map((part) => [part.index, said(part)]));
  expect(new Set(shown.map((part) => part.index)).size).toBe(shown.length);
  for (const part of shown) {
    expect(part.index).toBeWithin(0, 1024);
    expect(alone.get(part.index)).toEqual(said(part));
  }
}

/** A line that holds one value. */
export function lineOf(value: unknown): Line {
  return { offset: 0, text: JSON.stringify(value) ?? "", value, oversize: false };
}

/** Any JSON, also with the field names and types that the provider looks for. */
export function records(words: readonly string[]): fc.Arbitrary<unknown> {
  const word = fc.constantFrom(...words);
  const leaf = fc.oneof(word, fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
  return fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie("value"), { maxLength: 4 }), tie("record")),
    record: fc.dictionary(
      fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: fc.string() }),
      tie("value"),
      { maxKeys: 7, noNullPrototype: true },
    ),
  })).record;
}

/** The value with something in it replaced. `at` picks the place. */
export function mutated(value: unknown, at: number, replacement: unknown): unknown {
  let left = at;
  const visit = (inner: unknown): unknown => {
    if (left-- === 0) return replacement;
    if (Array.isArray(inner)) return inner.map(visit);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([name, field]) => [name, visit(field)]));
  };
  return visit(value);
}

/** How many places `mutated` can replace. */
export function places(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return 1 + Object.values(value).reduce((sum: number, inner) => sum + places(inner), 0);
}

/** The bytes give the same whole and cut at `cuts` (fractions of their length). */
export function expectSplitless(provider: Provider, bytes: Uint8Array, cuts: readonly number[]) {
  const at = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  const pieces = at.slice(1).map((end, n) => bytes.subarray(at[n]!, end));
  expect(parseAll(provider, pieces)).toEqual(parseAll(provider, [bytes]));
}

/** Every line of the bytes obeys, one after another. */
export function expectAllLawful(provider: Provider, bytes: Uint8Array) {
  const state = provider.start();
  for (const line of linesOf(bytes)) expectLawful(provider, line, state);
}
