import { expect, test } from "bun:test";
import fc from "fast-check";
import { findWords, nearMark, pieces } from "../../ui/kit/pieces.ts";

const marked = (text: string, ranges: Parameters<typeof pieces>[1]): string =>
  pieces(text, ranges)
    .map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
    .join("");

test("marks cut the text where they begin and end", () => {
  expect(marked("after a 429 it waits", [[8, 3]])).toBe("after a [429] it waits");
  expect(marked("429", [[0, 3]])).toBe("[429]");
});

test("no ranges leave one piece, no text none", () => {
  expect(pieces("plain", [])).toEqual([{ text: "plain", marked: false }]);
  expect(pieces("", [[0, 3]])).toEqual([]);
});

test("ranges that overlap, come unsorted or reach past the end lose and repeat no character", () => {
  const range = fc.tuple(fc.nat(60), fc.nat(20));

  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), fc.array(range), (text, ranges) => {
      const cut = pieces(text, ranges);
      expect(cut.map((piece) => piece.text).join("")).toBe(text);
      expect(cut.every((piece) => piece.text !== "")).toBe(true);
    }),
  );
});

test("words are found at word starts, whatever their case", () => {
  const title = "Retry the retrying, not the entry";

  expect(marked(title, findWords(title, ["retry"]))).toBe("[Retry] the [retry]ing, not the entry");
});

test("words of languages without spaces are found anywhere", () => {
  expect(marked("検索の結果", findWords("検索の結果", ["結果"]))).toBe("検索の[結果]");
});

test("a word with signs is taken literally", () => {
  expect(marked("use C++ (not C)", findWords("use C++ (not C)", ["C++"]))).toBe("use [C++] (not C)");
  fc.assert(fc.property(fc.string(), fc.string(), (text, word) => void findWords(text, [word])));
});

test("a mark far into a long text comes near its beginning, on the same words", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: "binary" }),
      fc.nat(300),
      fc.integer({ min: 0, max: 60 }),
      (word, before, lead) => {
        const text = `${"some words go before it ".repeat(20).slice(0, before)}${word} after`;
        const cut = nearMark(text, [[before, word.length]], lead);
        const [start, length] = cut.ranges[0]!;
        expect(cut.text.slice(start, start + length)).toBe(word);
        expect(start).toBeLessThanOrEqual(Math.max(lead, lead / 2 + 22));
      },
    ),
  );
});

test("a text whose mark is near, or that has none, stays as it is", () => {
  expect(nearMark("a 429", [[2, 3]], 40).text).toBe("a 429");
  expect(nearMark("plain".repeat(50), [], 40).ranges).toEqual([]);
});
