import { afterAll, beforeAll, expect, test } from "bun:test";
import { formatFindCursor, parseFindCursor } from "../../src/archive/find-cursor.ts";
import type { SessionPatch } from "../../src/store/session-write.ts";
import { openLab, sessionOf } from "../support/search-lab.ts";
import type { SearchLab } from "../support/search-lab.ts";

let lab: SearchLab;

beforeAll(async () => {
  lab = openLab();
  const day = (n: number) => Date.parse("2026-03-01T10:00:00Z") + n * 86_400_000;
  const talks = [
    sessionOf(1, ["the quick brown fox", "call loadTexture in HTTPServer"], day(0)),
    sessionOf(2, ["the slow brown bear", "検索機能を直す", "I don't like C++ or foo-bar"], day(1)),
    sessionOf(3, ["brown quick inverted order", "path src/lib/lines.ts:42 --flag a.b.c"], day(2)),
    sessionOf(4, ["a café in İstanbul", "zanzibarquux only here"], day(3)),
  ];
  for (const { path, text } of talks) await lab.append(path, text);
  await lab.settled();
});
afterAll(() => lab.close());

const psids = (query: string) =>
  lab.find(query).sessions.map((session) => Number(session.provider_session_id.slice(-4)));

test("all words are wanted, in any order", () => {
  expect(psids("quick brown").toSorted()).toEqual([1, 3]);
  expect(psids("brown bear")).toEqual([2]);
});

test("a phrase wants its words next to each other", () => {
  expect(psids('"quick brown"')).toEqual([1]);
  expect(psids('"brown quick"')).toEqual([3]);
  expect(psids('"brown fox quick"')).toEqual([]);
});

test("words that stand together come before the same words apart", () => {
  expect(psids("quick brown")[0]).toBe(1);
  expect(psids("brown quick")[0]).toBe(3);
});

test("an unwanted word or phrase takes its events away", () => {
  expect(psids("brown -bear").toSorted()).toEqual([1, 3]);
  expect(psids('brown -"quick brown"').toSorted()).toEqual([2, 3]);
});

test("a prefix finds what begins with it; without a star only the last word is one, in a lower place", () => {
  expect(psids("zanzi*")).toEqual([4]);
  expect(psids("zanzi")).toEqual([4]);
  expect(lab.find("zanzi here", { patience: 2000 }).tier).toBe("any");
});

test("a part of an identifier finds it", () => {
  expect(psids("texture")).toEqual([1]);
  expect(psids("server")).toEqual([1]);
  expect(psids("loadTexture")).toEqual([1]);
});

test("a piece of CJK text finds it, one character too", () => {
  for (const query of ["検索", "索機", "機能を直", "索", "す", "検索機能を直す"]) expect(psids(query)).toEqual([2]);
  expect(psids("検能")).toEqual([]);
});

test("punctuation never breaks a query, and its words are found", () => {
  expect(psids("C++")).toContain(2);
  expect(psids("don't")).toEqual([2]);
  expect(psids("foo-bar")).toEqual([2]);
  expect(psids("src/lib/lines.ts")).toEqual([3]);
  expect(psids("lines.ts:42")).toEqual([3]);
  expect(psids("--flag")).toEqual([3]);
  expect(psids("a.b.c")).toEqual([3]);
});

test("case and accents do not matter", () => {
  expect(psids("CAFE")).toEqual([4]);
  expect(psids("istanbul")).toEqual([4]);
});

test("nothing in common with any text gives nothing, and says so at once", () => {
  const list = lab.find("nowherewordzz");

  expect(list).toMatchObject({ sessions: [], next: null, partial: false, tier: "words" });
});

test("when not all words are found together, any of them is the answer", () => {
  const list = lab.find("zanzibarquux bear");

  expect(list.tier).toBe("any");
  expect(list.sessions.length).toBe(2);
});

test("a hit says where: the event, the passage, and the words in it", () => {
  const [session] = lab.find("flag lines").sessions;

  expect(session?.match).toMatchObject({
    role: "user",
    kind: "prompt",
    tool_name: null,
    at: "2026-03-03T10:00:03.000Z",
  });
  const { snippet, ranges } = session!.match!;
  expect(ranges.map(([start, length]) => snippet.slice(start, start + length))).toEqual(["lines", "flag"]);
  expect(session?.match_count).toBe(1);
  const event = lab.archive.db.query("SELECT 1 FROM events WHERE position = 2").get();
  expect(event).not.toBeNull();
});

test("operators narrow the search", () => {
  expect(psids("brown after:2026-03-02").toSorted()).toEqual([2, 3]);
  expect(psids("brown before:2026-03-02")).toEqual([1]);
  expect(psids("brown -after:2026-03-02")).toEqual([1]);
  expect(psids("brown agent:codex")).toEqual([]);
  expect(psids("brown agent:claude").length).toBe(3);
  expect(psids("brown project:w").length).toBe(3);
  expect(psids("brown -project:w")).toEqual([]);
});

test("filters alone list sessions by their last event", () => {
  expect(psids("agent:claude")).toEqual([4, 3, 2, 1]);
  expect(psids("agent:codex")).toEqual([]);
  expect(lab.find("agent:claude", { limit: 3 }).next).not.toBeNull();
});

test("a filter sees what changed since it was last asked", async () => {
  const ids = lab.ids("bear");
  const [id] = ids;
  const patch = (changes: SessionPatch) => lab.archive.run("patchSessions", { ids, patch: changes });
  const changes: [query: string, on: SessionPatch, off: SessionPatch][] = [
    ["bear tag:keep", { tags: ["keep"] }, { tags: [] }],
    ["bear is:pinned", { pinned: true }, { pinned: false }],
  ];

  for (const [query, on, off] of changes) {
    await patch(off);
    expect([query, lab.ids(query)]).toEqual([query, []]);
    await patch(on);
    expect([query, lab.ids(query)]).toEqual([query, [id!]]);
    await patch(off);
    expect([query, lab.ids(query)]).toEqual([query, []]);
  }
});

test("what is read is unread again when more is said, and when it is marked so", async () => {
  const own = openLab();
  const { path, text, write } = sessionOf(1, ["a heron"], Date.now() + 60_000);
  await own.append(path, text);
  await own.settled();
  const ids = own.ids("heron");
  const unread = () => own.ids("heron is:unread").length;

  expect(unread()).toBe(1);
  await own.archive.run("patchSessions", { ids, patch: { read_through: "end" } });
  expect(unread()).toBe(0);
  await own.archive.run("patchSessions", { ids, patch: { read_through: null } });
  expect(unread()).toBe(1);
  await own.archive.run("patchSessions", { ids, patch: { read_through: "end" } });
  await own.append(path, `${write.prompt("a heron again")}\n`);
  await own.settled();
  expect(unread()).toBe(1);
  own.close();
});

test("a tag, and the denial of it, leave each other's sessions out, with words and without", async () => {
  await lab.archive.run("patchSessions", { ids: lab.ids("bear"), patch: { tags: ["keep", "more"] } });
  const among = (filter: string) => [psids(filter), psids(`brown ${filter}`).toSorted()];

  const [tagged, found] = among("tag:keep");
  expect(tagged).toHaveLength(1);
  const [others, rest] = among("-tag:keep");
  expect([...tagged!, ...others!].toSorted()).toEqual([1, 2, 3, 4]);
  expect([...found!, ...rest!].toSorted()).toEqual([1, 2, 3]);
  expect(among("-tag:none")[1]).toEqual([1, 2, 3]);
  expect(among("tag:none -tag:keep")[1]).toEqual([]);
});

test("a title has no time: it counts where its session said anything since", async () => {
  const [id] = lab.ids("brown before:2026-03-02");
  await lab.archive.run("patchSessions", { ids: [id!], patch: { title: "grizzly" } });
  await lab.settled();

  expect(psids("grizzly after:2026-02-01")).toEqual([1]);
  expect(psids("grizzly after:2026-03-02")).toEqual([]);
  await lab.archive.run("patchSessions", { ids: [id!], patch: { title: null } });
  await lab.settled();
});

test("each piece of a query says how it was understood", () => {
  expect(lab.find('quick "a phrase" -bad foo* agent:claude 😀').understood).toEqual([
    { text: "quick", as: "word" },
    { text: '"a phrase"', as: "phrase" },
    { text: "-bad", as: "word", negated: true },
    { text: "foo*", as: "prefix" },
    { text: "agent:claude", as: "filter", field: "agent" },
    { text: "😀", as: "ignored" },
  ]);
});

test("no query fails", () => {
  const hostile = [
    '"',
    '""',
    "*",
    "-",
    "AND",
    "OR NOT",
    "NEAR(",
    "NEAR(a b, 3)",
    "(".repeat(300),
    "\0",
    "a\0b",
    "😀",
    "x".repeat(40_000),
  ];
  const more = [
    "a* b*",
    "^foo",
    "{t}: x",
    "t : x",
    "f1",
    "foo:bar",
    "agent:",
    "before:x",
    "-agent:claude",
    "\ud800",
    "检索 'x'; DROP TABLE f1",
    "a AND",
    '"x" "',
    "%_",
  ];
  for (const query of [...hostile, ...more, "-only -not", "​"])
    expect(Array.isArray(lab.find(query).sessions)).toBe(true);
});

test("a cursor of a walk through many alternatives is read as it was written", () => {
  const cursor = { mode: "any", place: { at: 1e12, id: 7.5, row: 3, part: 63 }, given: [1, 500] } as const;

  expect(parseFindCursor(formatFindCursor(cursor))).toEqual(cursor);
});

test("a cursor that is none is refused", () => {
  expect(() => lab.find("brown", { cursor: "nonsense'; --" })).toThrow("cursor");
});
