/** Which pieces of a text get a vector, which queries are asked by meaning, and how two lists become one. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { fuse, meaningOf, passagesOf } from "../../src/domain/meaning.ts";
import { parseQuery } from "../../src/domain/query.ts";

const meaning = (text: string) => meaningOf(parseQuery(text, Date.parse("2026-11-22")));

test("pieces stand where they say, in their order, and none is long or cuts a character in two", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 0, maxLength: 9000 }), (text) => {
      let end = 0;
      for (const piece of passagesOf(text)) {
        expect(text.slice(piece.start, piece.start + piece.text.length)).toBe(piece.text);
        expect(piece.start).toBeGreaterThanOrEqual(end);
        expect(piece.text.length).toBeLessThanOrEqual(1200);
        expect(piece.text.isWellFormed()).toBe(text.isWellFormed());
        end = piece.start + piece.text.length;
      }
    }),
    { numRuns: 200 },
  );
});

test("a long text is cut at the end of a paragraph, and all of it stands in pieces", () => {
  const paragraph = `${"a sentence about something. ".repeat(30)}\n\n`;

  const pieces = passagesOf(paragraph.repeat(4));

  expect(pieces.map(({ text }) => text)).toEqual(Array.from({ length: 4 }, () => paragraph));
});

test("what says too little to mean something has no piece", () => {
  expect(["", "yes", "go on!", "done.", "…", "好的"].flatMap(passagesOf)).toEqual([]);
  expect(passagesOf("数据库连接超时").length).toBe(1);
});

test("plain words are asked by meaning, without filters' values; what wants exactly something is not", () => {
  expect(meaning("how did we fix the car project:web after:7d")).toBe("how did we fix the car");
  for (const text of [
    "",
    "project:web",
    '"fix car"',
    "fix -car",
    "fix OR car",
    "fix ca*",
    "tool:bash fix",
    "file:a.ts fix",
  ])
    expect([text, meaning(text)]).toEqual([text, null]);
});

test("fused lists hold each item once; in both beats in one, and equals stand as the first list has them", () => {
  expect(fuse([1, 2, 3], [])).toEqual([1, 2, 3]);
  expect(fuse([1, 2, 3], [4, 3])).toEqual([3, 1, 4, 2]);
  expect(fuse([], [7, 8])).toEqual([7, 8]);
});
