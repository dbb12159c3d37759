import { expect, test } from "bun:test";
import type { Line, Part, Provider } from "../../src/domain/provider.ts";
import { claude } from "../../src/providers/claude.ts";
import { violation } from "./laws.ts";
import { shrink } from "./shrink.ts";

const bytes = (lines: readonly string[]) => new TextEncoder().encode(`${lines.join("\n")}\n`);

/** A provider of which only `parse` is wrong. */
const broken = (parse: (line: Line, state: { n: number } | null) => readonly Part[]): Provider => ({
  ...claude,
  start: () => ({ n: 0 }),
  parse: (line, state) => ({ parts: parse(line, state as { n: number } | null) }),
});
const part: Part = { index: 0, kind: "notice" };

test("each law tells the parser that breaks it", () => {
  const wrongs: [RegExp, Provider][] = [
    [/throws boom/, broken(() => fail())],
    [/index twice/, broken(() => [part, part])],
    [/index 1024/, broken(() => [{ ...part, index: 1024 }])],
    [/read back alone/, broken((_, state) => (state ? [part] : []))],
    [/time NaN/, broken(() => [{ ...part, at: NaN }])],
    [/grow/, broken(() => [{ ...part, text: "x".repeat(2_000_000) }])],
    [/something else/, broken((_, state) => [{ ...part, text: String(forgetful(state)) }])],
  ];

  for (const [what, provider] of wrongs) expect(violation(provider, bytes(["{}", "{}"]), 3)).toMatch(what);
  expect(
    violation(
      broken(() => [part]),
      bytes(["{}", "{}"]),
      3,
    ),
  ).toBeNull();
});

function fail(): never {
  throw new Error("boom");
}

const counts = new WeakMap<object, number>();
/** What is kept beside the state is lost where the state goes through JSON. */
function forgetful(state: object | null): number {
  const n = state ? (counts.get(state) ?? 0) + 1 : 0;
  if (state) counts.set(state, n);
  return n;
}

test("a failing case is made as small as it still fails", () => {
  const fails = (lines: readonly string[]) => lines.some((line) => line.includes('"bad"'));
  const lines = [
    '{"type":"user"}',
    '{"type":"x","message":{"content":[{"text":"long text","bad":{"a":1}},{"b":2}]}}',
    "{",
  ];

  expect(shrink(lines, fails)).toEqual(['{"message":{"content":[{"bad":{}}]}}']);
});
