import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseQuery } from "../../src/domain/query.ts";
import { makeFinder, snippetOf } from "../../src/domain/snippet.ts";

const finderOf = (query: string) => makeFinder(parseQuery(query, 0));
const snippet = (query: string, text: string) => snippetOf(text, finderOf(query).places(text, true));
/** The snippet with its ranges in brackets. */
function shown(query: string, text: string): string {
  const { text: cut, ranges } = snippet(query, text);
  return ranges
    .toReversed()
    .reduce((all, [at, length]) => `${all.slice(0, at)}[${all.slice(at, at + length)}]${all.slice(at + length)}`, cut);
}

test.each([
  ["fox ", "a fox, the Fox; foxes", "a [fox], the [Fox]; foxes"],
  ["fox", "a fox and foxes", "a [fox] and [fox]es"],
  ["fo*", "a fox", "a [fo]x"],
  ["texture ", "loadTexture()", "load[Texture]()"],
  ["cafe ", "Café au lait", "[Café] au lait"],
  ["istanbul ", "in İstanbul", "in [İstanbul]"],
  ['"foo bar"', "foo x foo\n\tbar", "foo x [foo bar]"],
  ["don't ", "I don't and don t", "I [don't] and [don t]"],
  ["検索 ", "これは検索機能です", "これは[検索]機能です"],
  ["API検索 ", "このAPI検索", "この[API検索]"],
  ["missing ", "nothing here", "nothing here"],
  ["a -b ", "a b", "[a] b"],
])("%s in %p is shown as %p", (query, text, expected) => {
  expect(shown(query, text)).toBe(expected);
});

test("of a long text the piece with the most different words is shown", () => {
  const text = `${"alpha filler ".repeat(60)}here alpha meets omega at last ${"filler ".repeat(60)}`;

  expect(snippet("alpha omega ", text).text).toContain("alpha meets omega");
});

test("words that stand together are shown before words apart", () => {
  const text = `fix x x x test ${"filler ".repeat(80)}fix test ${"filler ".repeat(80)}`;

  expect(shown("fix test ", text)).toContain("[fix test]");
});

test("control characters and line ends become one space", () => {
  expect(snippet("b ", "a\r\n\0\u001b[31mb\u009bc").text).toBe("a [31mb c");
});

test("a snippet is short, its ranges lie inside, apart and in order, and no character is cut in half", () => {
  const piece = fc.constantFrom(
    "fox ",
    "Fox",
    "foxes ",
    "検索",
    "😀",
    "é",
    "İ",
    "\n",
    "\0",
    "long filler text ",
    "x".repeat(50),
    "<b>",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 120 }),
      fc.constantFrom("fox ", "fo*", '"fox fox"', "検索", "fox 検 missing"),
      (pieces, query) => {
        const { text, ranges } = snippet(query, pieces.join(""));
        let end = 0;
        for (const [start, length] of ranges) {
          expect(start).toBeGreaterThanOrEqual(end);
          expect(length).toBeGreaterThan(0);
          end = start + length;
        }
        expect(end).toBeLessThanOrEqual(text.length);
        expect(text.length).toBeLessThanOrEqual(242);
        expect(text.isWellFormed()).toBe(true);
        expect([...text].some((character) => character < " " || (character >= "\x7f" && character < "\xa0"))).toBe(
          false,
        );
      },
    ),
  );
});

test("a long text costs its length", () => {
  const text = "ïbcdefgh ".repeat(100_000);
  const started = performance.now();

  snippet('ibcdefgh "ibcdefgh missing" nothing', text);

  expect(performance.now() - started).toBeLessThan(500);
});
