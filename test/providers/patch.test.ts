import { expect, test } from "bun:test";
import fc from "fast-check";
import { hunksDiff, unifiedDiff } from "../../src/providers/patch.ts";
import { lineEdits } from "../../src/providers/line-edits.ts";

test("a changed line is shown between three lines of context", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  const after = before.replace("5", "five");

  const diff = unifiedDiff("src/a.ts", before, after);

  expect(diff).toBe("--- src/a.ts\n+++ src/a.ts\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
});

test("changes far apart become hunks of their own", () => {
  const before = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
  const after = before.replace("line 3\n", "three\n").replace("line 25\n", "");

  const heads = unifiedDiff("a", before, after).match(/^@@.*$/gm);

  expect(heads).toEqual(["@@ -1,7 +1,7 @@", "@@ -23,7 +23,6 @@"]);
});

test("a new file comes from /dev/null and a deleted one goes there", () => {
  expect(unifiedDiff("a", "", "x\ny\n")).toBe("--- /dev/null\n+++ a\n@@ -0,0 +1,2 @@\n+x\n+y\n");
  expect(unifiedDiff("a", "x\n", "")).toBe("--- a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n");
});

test("equal texts give no diff", () => {
  expect(unifiedDiff("a", "x\ny", "x\ny\n")).toBe("");
});

test("a path with a line break cannot forge a header", () => {
  expect(unifiedDiff("a\n+++ b", "x", "y")).toStartWith("--- a +++ b\n+++ a +++ b\n@@");
});

test("the edits, read as removals or as additions, give both texts back", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "", "d e"), { maxLength: 40 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const edits = lineEdits(before, after);
      const side = (sign: string) => edits.filter((e) => e.sign === " " || e.sign === sign).map((e) => e.line);
      const lines = (t: string) =>
        t
          .replace(/\n$/, "")
          .split("\n")
          .slice(0, t === "" ? 0 : undefined);
      expect(side("-")).toEqual(lines(before));
      expect(side("+")).toEqual(lines(after));
    }),
  );
});

test("texts with thousands of differing lines are still told apart, whole", () => {
  const before = Array.from({ length: 3000 }, (_, i) => `a${i}`).join("\n");
  const after = Array.from({ length: 3000 }, (_, i) => `b${i}`).join("\n");

  const diff = unifiedDiff("big", before, after);

  expect(diff.split("\n").filter((line) => line.startsWith("-a"))).toHaveLength(3000);
});

test("recorded hunks are written out and whatever is no hunk is passed over", () => {
  const hunk = { oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: ["-a", "+b", 7, "@@ forged"] };

  expect(hunksDiff("f", [hunk, null, 3, { lines: "x" }])).toBe("--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n+b\n");
  expect(hunksDiff("f", "nonsense")).toBe("");
});
