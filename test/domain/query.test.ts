import { expect, test } from "bun:test";
import fc from "fast-check";
import { hasWords, parseQuery } from "../../src/domain/query.ts";

const NOW = new Date(2026, 4, 15, 12).getTime();
const parse = (text: string) => parseQuery(text, NOW);
const terms = (text: string) =>
  parse(text).terms.map(({ kind, text: word, negated }) => `${negated ? "-" : ""}${kind}:${word}`);
const day = (year: number, month: number, date: number, hour = 0, minute = 0) =>
  new Date(year, month - 1, date, hour, minute).getTime();

test("words, phrases, prefixes and their denials are told apart", () => {
  expect(terms('fix "flaky test" -slow -"not this" pre*')).toEqual([
    "word:fix",
    "phrase:flaky test",
    "-word:slow",
    "-phrase:not this",
    "prefix:pre",
  ]);
});

test("a phrase that is not closed goes on to the end", () => {
  expect(terms('fix "still typ')).toEqual(["word:fix", "phrase:still typ"]);
});

test("typographic quotes are quotes", () => {
  expect(terms("“a phrase” „noch eine“")).toEqual(["phrase:a phrase", "phrase:noch eine"]);
});

test("dashes that deny nothing are part of the word, or nothing", () => {
  expect(terms("--flag -> - foo-bar -x")).toEqual(["word:--flag", "word:foo-bar", "-word:x"]);
});

test("operators of FTS5 are words", () => {
  expect(terms("AND NEAR( OR NOT ^a {t}:x")).toEqual([
    "word:AND",
    "word:NEAR(",
    "word:OR",
    "word:NOT",
    "word:^a",
    "word:{t}:x",
  ]);
});

test("one letter is no prefix", () => {
  expect(terms("a* ab* *")).toEqual(["word:a", "prefix:ab"]);
});

test("an operator that is not known is searched as words", () => {
  expect(terms("foo:bar")).toEqual(["word:foo", "word:bar"]);
  expect(terms('foo:"bar baz"')).toEqual(["word:foo", "phrase:bar baz"]);
  expect(terms("-foo:bar")).toEqual(["-phrase:foo bar"]);
  expect(terms("before:soon")).toEqual(["word:before", "word:soon"]);
});

test("addresses and paths are one word", () => {
  expect(terms("http://x.y/z C:\\dir src/a.ts:42")).toEqual(["word:http://x.y/z", "word:C:\\dir", "word:src/a.ts:42"]);
});

test("agents and projects are named, listed, quoted and denied", () => {
  const { agent, project, terms: words } = parse('agent:Codex,claude -agent:gemini project:"my app" -project:old');

  expect(agent).toEqual({ include: ["codex", "claude"], exclude: ["gemini"] });
  expect(project).toEqual({ include: ["my app"], exclude: ["old"] });
  expect(words).toEqual([]);
});

test.each([
  ["after:2026-05-01", day(2026, 5, 1)],
  ["after:2026-05", day(2026, 5, 1)],
  ["after:2026", day(2026, 1, 1)],
  ["after:2026-05-01T08:30", day(2026, 5, 1, 8, 30)],
  ["after:2026-05-01T08:30:00Z", Date.UTC(2026, 4, 1, 8, 30)],
  ["after:7d", NOW - 7 * 86_400_000],
  ["after:2w", NOW - 14 * 86_400_000],
  ["after:3h", NOW - 3 * 3_600_000],
  ["after:1m", day(2026, 4, 15, 12)],
  ["after:1y", day(2025, 5, 15, 12)],
  ["after:today", day(2026, 5, 15)],
  ["after:yesterday", day(2026, 5, 14)],
  ['after:"2026-05-01"', day(2026, 5, 1)],
  ["-before:2026-05-01", day(2026, 5, 1)],
])("%s begins there", (text, since) => {
  expect(parse(text)).toMatchObject({ since, until: null, terms: [] });
});

test("of several dates the narrowest time is left", () => {
  expect(parse("after:2026-01 after:2026-03 before:2026-05 before:2026-04")).toMatchObject({
    since: day(2026, 3, 1),
    until: day(2026, 4, 1),
  });
});

test("a day that no calendar has is no date", () => {
  expect(parse("after:2026-02-30").since).toBeNull();
  expect(terms("after:2026-13")).toEqual(["word:after", "word:2026-13"]);
});

test("an operator that is still being typed narrows nothing", () => {
  const query = parse("fix agent:");

  expect(query.agent).toEqual({ include: [], exclude: [] });
  expect(query.understood).toEqual([
    { text: "fix", as: "word" },
    { text: "agent:", as: "ignored", field: "agent" },
  ]);
});

test("only a last word of three letters, right at the end, may go on", () => {
  expect(parse("fix tes").open).toBe(true);
  for (const text of ["fix te", "fix tes ", "fix -tes", 'fix "tes', "tes agent:codex", "tes*", "fix C++"])
    expect(parse(text).open).toBe(false);
});

test("eight words are looked for, further ones are named as ignored", () => {
  const query = parse("a1 a2 a3 a4 a5 a6 a7 a8 a9 -b1");

  expect(query.terms).toHaveLength(9);
  expect(query.understood.filter(({ as }) => as === "ignored")).toEqual([{ text: "a9", as: "ignored" }]);
});

test("a query of denials only has no words", () => {
  expect(hasWords(parse("-foo -bar"))).toBe(false);
  expect(hasWords(parse("agent:codex"))).toBe(false);
  expect(hasWords(parse("foo -bar"))).toBe(true);
});

test("every text is a query, and every piece of it is accounted for", () => {
  const pieces = fc.constantFrom(
    '"',
    "-",
    "*",
    ":",
    "agent:",
    "before:",
    "7d",
    "foo",
    "検索",
    "😀",
    " ",
    "\0",
    "\n",
    "(",
    "“",
    "\ud800",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 40 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const query = parse(text);
      const counted = query.understood.filter(({ as }) => as === "word" || as === "phrase" || as === "prefix").length;
      expect(query.terms).toHaveLength(counted);
      for (const term of query.terms) expect(term.text).toMatch(/[\p{L}\p{N}_]/u);
    }),
  );
});
