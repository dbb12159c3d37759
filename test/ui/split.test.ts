import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseDiff } from "../../src/domain/diff.ts";
import { splitLines } from "../../ui/kit/split.ts";

const lines = (body: string) => parseDiff(`--- a\n+++ a\n@@ -1,9 +1,9 @@\n${body}`)[0]!.lines;

test("removed lines stand beside the added ones that follow them", () => {
  const all = lines(" same\n-old\n-older\n+new\n end\n+more\n");
  const text = (at: number | null) => (at === null ? null : all[at]!.text);

  expect(splitLines(all).map(({ left, right }) => [text(left), text(right)])).toEqual([
    ["", ""],
    ["same", "same"],
    ["old", "new"],
    ["older", null],
    ["end", "end"],
    [null, "more"],
  ]);
});

test("no line is lost or shown twice on one side, and each side keeps its order", () => {
  const sign = fc.constantFrom(" ", "+", "-");
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 40 }), (signs) => {
      const all = lines(signs.map((one, n) => `${one}line ${n}\n`).join(""));
      const pairs = splitLines(all);
      const side = (name: "left" | "right") => pairs.flatMap((pair) => pair[name] ?? []);

      expect(side("left")).toEqual(all.flatMap(({ sign }, at) => (sign === "+" ? [] : [at])));
      expect(side("right")).toEqual(all.flatMap(({ sign }, at) => (sign === "-" ? [] : [at])));
    }),
  );
});
