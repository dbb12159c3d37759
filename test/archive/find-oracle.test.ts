/** Searches compared with a plain reading of every text. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { openLab, sessionOf } from "../support/search-lab.ts";
import type { SearchLab } from "../support/search-lab.ts";

const VOCABULARY = [
  "alpha",
  "beta",
  "gamma",
  "delta",
  "epsilon",
  "loadTexture",
  "snake_case",
  "検索機能",
  "検査",
  "naïve",
  "x-ray",
  "v2.1",
];
const SESSIONS = 60;

let lab: SearchLab;
const texts = new Map<number, readonly string[]>();

beforeAll(async () => {
  lab = openLab();
  let seed = 7;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let n = 1; n <= SESSIONS; n++) {
    const said = Array.from({ length: 3 }, () =>
      Array.from({ length: 1 + random(6) }, () => VOCABULARY[random(VOCABULARY.length)]).join(" "),
    );
    texts.set(n, said);
    const { path, text } = sessionOf(n, said, Date.parse("2026-01-01T00:00:00Z") + n * 3_600_000);
    await lab.append(path, text);
  }
  await lab.settled();
});
afterAll(() => lab.close());

/** All pages, each session once. */
function everyPage(query: string, limit: number): { found: number[]; tier: string | undefined } {
  const found: number[] = [];
  let tier: string | undefined;
  let cursor: string | null = null;
  do {
    const page = lab.find(query, { limit, cursor });
    // A page that time cut short before anything was found speaks for no tier.
    if (page.sessions.length > 0) tier ??= page.tier;
    found.push(...page.sessions.map((session) => Number(session.provider_session_id.slice(-4))));
    cursor = page.next;
  } while (cursor !== null);
  return { found, tier };
}

/** Words as a person reads them: whole ones, and the parts of identifiers. */
const tokens = (text: string) =>
  text
    .toLowerCase()
    .replaceAll("ï", "i")
    .match(/[a-z0-9_]+|[検索機能査]+/g) ?? [];
const plain = (text: string) => ` ${tokens(text).join(" ")} `;
const holds = (text: string, phrase: string) => plain(text).includes(plain(phrase));

type Wanted = { readonly text: string; readonly matches: (text: string) => boolean };
const word: fc.Arbitrary<Wanted> = fc
  .constantFrom("alpha", "beta", "gamma", "delta", "epsilon", "snake_case", "loadTexture", "naive", "x-ray", "v2.1")
  .map((text) => ({ text, matches: (said) => holds(said, text) }));
const part: fc.Arbitrary<Wanted> = fc
  .constantFrom(["texture", "loadTexture"], ["snake", "snake_case"], ["case", "snake_case"])
  .map(([text, of]) => ({ text: text!, matches: (said) => said.includes(of!) }));
const cjk: fc.Arbitrary<Wanted> = fc
  .constantFrom("検", "検索", "索機能", "検査", "査")
  .map((text) => ({ text, matches: (said) => said.includes(text) }));
const prefix: fc.Arbitrary<Wanted> = fc.constantFrom("alp", "ga", "eps", "na").map((text) => ({
  text: `${text}*`,
  matches: (said) => plain(said).includes(` ${text}`),
}));
const phrase: fc.Arbitrary<Wanted> = fc
  .tuple(fc.constantFrom(...VOCABULARY.slice(0, 5)), fc.constantFrom(...VOCABULARY.slice(0, 5)))
  .map(([a, b]) => ({
    text: `"${a} ${b}"`,
    matches: (said) => holds(said, `${a} ${b}`),
  }));
const term = fc.oneof(word, part, cjk, prefix, phrase);

test("a search finds exactly the sessions in which one text has all the wanted and none of the unwanted", () => {
  fc.assert(
    fc.property(
      fc.array(term, { minLength: 1, maxLength: 3 }),
      fc.array(fc.oneof(word, phrase), { maxLength: 1 }),
      fc.constantFrom(3, 20, 100),
      (wanted, unwanted, limit) => {
        const query = [...wanted.map(({ text }) => text), ...unwanted.map(({ text }) => `-${text}`), ""].join(" ");
        const expected = [...texts].filter(([, said]) =>
          said.some(
            (text) => wanted.every(({ matches }) => matches(text)) && !unwanted.some(({ matches }) => matches(text)),
          ),
        );

        const { found, tier } = everyPage(query, limit);

        expect(new Set(found).size).toBe(found.length);
        if (expected.length > 0) expect(found.toSorted((a, b) => a - b)).toEqual(expected.map(([n]) => n));
        else if (found.length > 0) expect(tier).toBe("any");
      },
    ),
    { numRuns: 300 },
  );
});

test("what holds only some of the words is not called exact, though they stand side by side where they are not wanted", () => {
  // Patient: in one page from the strictest reading to the loosest.
  const { sessions, tier } = lab.find("epsilon alpha -alpha ", { limit: 3, patience: 1000 });

  expect([sessions.length, tier]).toEqual([3, "any"]);
});

type Asked = { readonly text: string; readonly matches: (said: string) => boolean };

const { asked } = fc.letrec<{ asked: Asked; operand: Asked }>((tie) => ({
  asked: fc.tuple(fc.array(tie("operand"), { minLength: 1, maxLength: 3 }), fc.boolean()).map(([all, either]) => ({
    text: all.map(({ text }) => text).join(either ? " OR " : " "),
    matches: (said: string) =>
      either ? all.some(({ matches }) => matches(said)) : all.every(({ matches }) => matches(said)),
  })),
  operand: fc.oneof(
    { depthSize: "small" },
    term,
    tie("asked").map(({ text, matches }) => ({ text: `(${text})`, matches })),
    tie("asked").map(({ text, matches }) => ({ text: `-(${text})`, matches: (said: string) => !matches(said) })),
  ),
}));

test("OR, groups and their denials find exactly the sessions in which one text is so", () => {
  fc.assert(
    fc.property(word, asked, fc.constantFrom(3, 100), (sure, { text, matches }, limit) => {
      // Every denial has something to take from; the prompts of this archive, not the replies, are what is read.
      const query = `role:user ${sure.text} (${text}) `;
      fc.pre((text.match(/[^\s()-]+/g) ?? []).length <= 7);
      const expected = [...texts].filter(([, said]) => said.some((one) => sure.matches(one) && matches(one)));

      const { found, tier } = everyPage(query, limit);

      if (expected.length > 0) expect(found.toSorted((a, b) => a - b)).toEqual(expected.map(([n]) => n));
      else if (found.length > 0) expect(["any", "spelling"]).toContain(tier!);
    }),
    { numRuns: 300 },
  );
});

test("every hit's ranges mark words of the query in its snippet", () => {
  fc.assert(
    fc.property(fc.oneof(word, cjk), ({ text }) => {
      for (const { match } of lab.find(`${text} `).sessions)
        for (const [start, length] of match?.ranges ?? [])
          expect(plain(match!.snippet.slice(start, start + length))).toContain(plain(text).trim().slice(0, 1));
    }),
  );
});
