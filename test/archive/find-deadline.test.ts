/** Searches that have no time at all, beside ones that have all of it: less in a page, the same in the end. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { moment, makeDeadline, makePace } from "../../src/archive/deadline.ts";
import { openFinder } from "../../src/archive/find.ts";
import type { FinderThread } from "../../src/archive/find.ts";
import type { FindRequest } from "../../src/archive/search-protocol.ts";
import { openLab, sessionOf } from "../support/search-lab.ts";
import type { SearchLab } from "../support/search-lab.ts";

const WORDS = ["alpha", "beta", "gamma", "delta", "loadTexture", "snake_case", "検索機能"];
const SESSIONS = 70;

let lab: SearchLab;
let hurried: FinderThread;
let leisurely: FinderThread;

beforeAll(async () => {
  lab = openLab();
  for (let n = 1; n <= SESSIONS; n++) {
    const said = [0, 1, 2].map((i) =>
      WORDS.filter((_, w) => (n * (i + 3) + w * 7) % (w + 2) === 0)
        .concat("everywhere")
        .join(" "),
    );
    const { path, text } = sessionOf(n, said, Date.parse("2026-01-01T00:00:00Z") + n * 3_600_000);
    await lab.append(path, text);
  }
  await lab.settled();
  hurried = openFinder(lab.paths, () => {}, 0);
  leisurely = openFinder(lab.paths, () => {}, 60_000);
});
afterAll(() => {
  hurried.close();
  leisurely.close();
  lab.close();
});

type Asked = Pick<FindRequest, "query"> & Partial<FindRequest>;
const pageOf = (finder: FinderThread, asked: Asked) =>
  finder.find(
    { filters: { include_subagents: false }, sort: "relevance", limit: 20, cursor: null, passages: 1, ...asked },
    Date.parse("2026-02-01T00:00:00Z"),
    () => false,
  );

/** The ids of all pages, in order. */
function everyPage(finder: FinderThread, asked: Asked): string[] {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = pageOf(finder, { ...asked, cursor });
    ids.push(...page.sessions.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  return ids;
}

test("an answer that is late gives a handful with their passages, says that it is partial, and where to go on", () => {
  const page = pageOf(hurried, { query: "everywhere" });

  expect(page.sessions.length).toBe(5);
  expect(page.sessions.every(({ match }) => match?.snippet.includes("everywhere"))).toBe(true);
  expect([page.partial, page.next !== null]).toEqual([true, true]);
});

test("an answer that is in time is whole, and not partial", () => {
  const page = pageOf(leisurely, { query: "everywhere" });

  expect([page.sessions.length, page.partial]).toEqual([20, false]);
});

test("who is patient gets whole pages, however late it is", () => {
  const page = pageOf(hurried, { query: "everywhere", patience: 1000 });

  expect([page.sessions.length, page.partial]).toEqual([20, false]);
});

test("what short pages give one after the other is what long ones give, in their order, each once", () => {
  const word = fc.constantFrom(...WORDS, "alp*", "everywhere", "snake", "OR");
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("relevance" as const, "recent" as const),
      fc.constantFrom(7, 20, 50),
      (words, sort, limit) => {
        const asked = { query: `${words.join(" ")} `, sort, limit };

        const short = everyPage(hurried, asked);
        const long = everyPage(leisurely, asked);

        expect(short).toEqual(long);
        expect(new Set(short).size).toBe(short.length);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test.each(["everywhare", "everywhere qqunknownword", "alpha everywhare"])(
  "what is found loosely is found to its end, page by page: %s",
  (query) => {
    const all = pageOf(leisurely, { query, limit: 100, patience: 1000 }).sessions.map(({ id }) => id);

    expect(all.length).toBeGreaterThan(20);
    for (const finder of [hurried, leisurely]) expect(everyPage(finder, { query }).toSorted()).toEqual(all.toSorted());
  },
);

test("a machine's pace is learned, and one slow page does not tell all", () => {
  const pace = makePace();
  const first = pace.session;

  pace.learn(20, 20_000);
  const frightened = pace.session;
  for (let i = 0; i < 30; i++) pace.learn(20, 2);
  pace.learn(0, 50);

  expect(frightened).toBeLessThan(first * 1.2);
  expect(pace.session).toBeCloseTo(0.1, 1);
});

test("waiting for the thread counts, but never for so much that nothing is left, and a clock that runs wrong not at all", () => {
  const left = [undefined, moment() - 2, moment() - 60_000, moment() + 60_000].map((asked) =>
    Math.round(makeDeadline(1000, asked).left()),
  );

  expect(left[1]).toBeLessThan(left[0]!);
  expect(left[2]).toBeGreaterThan(900);
  expect(left[3]).toBeGreaterThan(900);
});
