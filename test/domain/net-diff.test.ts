import { expect, test } from "bun:test";
import fc from "fast-check";
import { netDiff as sumOf } from "../../src/domain/net-diff.ts";
import { parseDiff } from "../../src/domain/diff.ts";
import { unifiedDiff } from "../../src/providers/patch.ts";

const netDiff = (path: string, patches: readonly string[]) => sumOf(path, patches.flatMap(parseDiff));

/** Applies a patch to the whole file that it is of. */
function patched(before: readonly string[], patch: string): string[] {
  const out: string[] = [];
  let at = 0;
  for (const { sign, old, text } of parseDiff(patch)[0]?.lines ?? []) {
    if (sign === "@") continue;
    if (old !== null) while (at < old - 1) out.push(before[at++]!);
    if (sign === "+") out.push(text);
    else if (before[at] !== text) throw new Error(`line ${at + 1} is ${before[at]}, not ${text}`);
    else if (at++ >= 0 && sign === " ") out.push(text);
    // Lines that only come are placed by the line that follows.
  }
  return [...out, ...before.slice(at)];
}

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
const word = fc.constantFrom("a", "b", "c", "", "-- x", "++ y", "@@ -1 +1 @@");
// Distinct lines around the changes: else an edit has several equally short forms.
const file = fc.array(word, { minLength: 1, maxLength: 14 });

test("the sum of a file's edits, applied to its first version, is its last", () => {
  fc.assert(
    fc.property(fc.array(file, { minLength: 2, maxLength: 6 }), (versions) => {
      const tall = versions.map((lines) => ["head 1", "head 2", "head 3", "head 4", ...lines, "tail 1", "tail 2"]);
      const patches = tall.slice(1).map((lines, n) => unifiedDiff("a.ts", textOf(tall[n]!), textOf(lines)));

      const sum = netDiff("a.ts", patches);

      expect(sum).not.toBeNull();
      expect(patched(tall[0]!, sum!)).toEqual(tall.at(-1)!);
    }),
    { numRuns: 500 },
  );
});

test("a file that was made and then edited is one creation", () => {
  const first = unifiedDiff("a.ts", "", "one\ntwo\n");
  const second = unifiedDiff("a.ts", "one\ntwo\n", "one\nTWO\nthree\n");

  expect(netDiff("a.ts", [first, second])).toBe("--- /dev/null\n+++ a.ts\n@@ -0,0 +1,3 @@\n+one\n+TWO\n+three\n");
});

test("an edit that is taken back leaves nothing", () => {
  const there = unifiedDiff("a.ts", "one\ntwo\nthree\n", "one\n2\nthree\n");
  const back = unifiedDiff("a.ts", "one\n2\nthree\n", "one\ntwo\nthree\n");

  expect(netDiff("a.ts", [there, back])).toBe("");
});

test("edits far from each other stay two hunks, and the second knows how far the first has moved it", () => {
  const up = "--- a.ts\n+++ a.ts\n@@ -1,2 +1,4 @@\n one\n+x\n+y\n two\n";
  const down = "--- a.ts\n+++ a.ts\n@@ -102,1 +102,1 @@\n-old\n+new\n";

  expect(netDiff("a.ts", [up, down])).toBe(
    "--- a.ts\n+++ a.ts\n@@ -1,2 +1,4 @@\n one\n+x\n+y\n two\n@@ -100,1 +102,1 @@\n-old\n+new\n",
  );
});

test("patches that contradict each other make no sum", () => {
  const one = "--- a.ts\n+++ a.ts\n@@ -1,1 +1,1 @@\n-x\n+y\n";
  const two = "--- a.ts\n+++ a.ts\n@@ -1,1 +1,1 @@\n-z\n+q\n";

  expect(netDiff("a.ts", [one, two])).toBeNull();
});

test("a file that was removed is shown as removed, one that was only ever ours as nothing", () => {
  const gone = unifiedDiff("a.ts", "one\n", "");

  expect(netDiff("a.ts", [gone])).toBe("--- a.ts\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-one\n");
  expect(netDiff("a.ts", [unifiedDiff("a.ts", "", "one\n"), gone])).toBe("");
});

test("any text is read without a throw", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 4 }), (patches) => {
      netDiff(
        "a",
        patches.map((text) => `--- a\n+++ a\n@@ -1,1 +1,1 @@\n${text}`),
      );
    }),
  );
});
