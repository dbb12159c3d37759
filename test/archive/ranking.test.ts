/** The order of what is found, and that it keeps up with what changes. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { fileOf, psid, writer } from "../support/fill.ts";
import { openLab } from "../support/search-lab.ts";
import type { SearchLab } from "../support/search-lab.ts";

let lab: SearchLab;
const NOW = Date.now();
const DAY = 86_400_000;

type Writer = ReturnType<typeof writer>;
const write = async (n: number, daysAgo: number, say: (w: Writer) => readonly string[]) => {
  const lines = say(writer({ id: psid(n), at: NOW - daysAgo * DAY }));
  await lab.append(fileOf(psid(n)), `${lines.join("\n")}\n`);
};

beforeAll(async () => {
  lab = openLab();
  await write(1, 40, (w) => [w.prompt("find the walrus in the cache"), w.reply("ok")]);
  await write(2, 40, (w) => [
    w.prompt("list things"),
    w.call("Bash", "a", { command: "ls" }),
    w.result("a", "noise noise walrus noise noise cache noise"),
  ]);
  await write(3, 300, (w) => [w.prompt("the gazelle jumps over the fence"), w.reply("ok")]);
  await write(4, 1, (w) => [w.prompt("the gazelle jumps over the fence"), w.reply("ok")]);
  for (const n of [5, 6, 7]) await write(n, 10, (w) => [w.prompt("identical ostrich text"), w.reply("ok")]);
  await write(8, 20, (w) => [w.prompt("hello"), w.reply("done")]);
  await write(9, 20, (w) => [
    w.prompt("list more things"),
    w.call("Bash", "b", { command: "ls" }),
    w.result("b", "noise noise marmot noise noise noise"),
  ]);
  await write(10, 400, (w) => [
    w.prompt("my pangolin refuses breakfast, it wants mangoes"),
    w.reply("give it mangoes"),
  ]);
  await write(11, 400, (w) => [
    w.prompt("read it all"),
    w.call("Bash", "c", { command: "cat" }),
    w.result("c", `why refuses ${"filler ".repeat(200)} pangolin the and breakfast does eat my only mangoes`),
  ]);
  await lab.settled();
  const { id } = lab.find("hello ").sessions[0]!;
  await lab.archive.run("patchSessions", { ids: [id], patch: { title: "Marmot" } });
  await lab.settled();
});
afterAll(() => lab.close());

const order = (query: string, sort: "relevance" | "recent" = "relevance") =>
  lab.find(query, { sort }).sessions.map((session) => Number(session.provider_session_id.slice(-4)));

test("what a person asked comes before what a tool put out", () => {
  expect(order("walrus cache ")).toEqual([1, 2]);
});

test("of the same words the more recent come first, and by their time alone when that is asked for", () => {
  expect(order("gazelle fence ")).toEqual([4, 3]);
  expect(order("the ", "recent").slice(0, 2)).toEqual([4, 1]);
});

test("a session that is called so comes before one whose tool put the word out", () => {
  expect(order("marmot ")).toEqual([8, 9]);
});

test("a question is answered by who spoke of it, not by a tool's output that happens to hold all its words", () => {
  const { sessions, tier } = lab.find("why does my pangolin refuses breakfast and eat only the mangoes ", {
    patience: 500,
  });

  expect(Number(sessions[0]!.provider_session_id.slice(-4))).toBe(10);
  expect(tier).toBe("any");
});

test("equal sessions keep one order, page by page too", () => {
  const once = order("identical ostrich ");
  const pages: number[] = [];
  let cursor: string | null = null;
  do {
    const page = lab.find("identical ostrich ", { limit: 1, cursor });
    pages.push(...page.sessions.map((session) => Number(session.provider_session_id.slice(-4))));
    cursor = page.next;
  } while (cursor !== null);

  expect(order("identical ostrich ")).toEqual(once);
  expect(pages.toSorted()).toEqual([5, 6, 7]);
});

test("a new title, tag and note are found, the old ones no more; a deleted session is found by nothing", async () => {
  await write(20, 3, (w) => [w.prompt("session of the flamingo"), w.reply("ok")]);
  await lab.settled();
  const [id] = lab.ids("flamingo ");
  const patch = (change: Record<string, unknown>) => lab.archive.run("patchSessions", { ids: [id!], patch: change });

  await patch({ title: "Xylophone", tags: ["brisket"], note: "quagmire" });
  await lab.settled();
  for (const word of ["xylophone", "brisket", "quagmire", "tag:brisket"]) expect(lab.ids(`${word} `)).toEqual([id!]);
  await patch({ title: "Zither", tags: [], note: null });
  await lab.settled();
  for (const word of ["xylophone", "brisket", "quagmire", "tag:brisket"]) expect(lab.ids(`${word} `)).toEqual([]);
  expect(lab.ids("zither ")).toEqual([id!]);

  await lab.archive.run("deleteSession", { id: id!, copies: false });
  await lab.settled();
  for (const word of ["zither", "flamingo", "flam*", "flamingos", `session:${psid(20)}`])
    expect(lab.ids(`${word} `)).toEqual([]);
});

test("any text at all is answered", () => {
  const pieces = fc.constantFrom(
    '"', "-", "*", "(", ")", "-(", " OR ", "agent:", "before:", "is:", "has:", "role:", "tool:", "file:", "session:", "7d",
    "live", "user", "walrus", "C++", "検索", "😀", " ", "\0", "\n", "\ud800", ",", "NEAR(", "'", ";", "\uE000", "t1", "%", "_",
  ); // prettier-ignore
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.array(pieces, { maxLength: 60 }).map((all) => all.join("")),
    fc.array(pieces, { minLength: 500, maxLength: 600 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom("relevance" as const, "recent" as const), (text, sort) => {
      const page = lab.find(text, { sort });

      expect(page.sessions.length).toBeLessThanOrEqual(20);
      const read = (list: typeof page) => list.understood?.map((piece) => [piece.text, piece.as]);
      if (page.next !== null) expect(read(lab.find(text, { sort, cursor: page.next }))).toEqual(read(page));
    }),
    { numRuns: 150, endOnFailure: true },
  );
}, 60_000);
