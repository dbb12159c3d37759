/** What is found, and by which words: a table over a real index. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { fileOf, psid, writer } from "../support/fill.ts";
import { openLab } from "../support/search-lab.ts";
import type { SearchLab } from "../support/search-lab.ts";

let lab: SearchLab;
const day = (n: number) => Date.parse("2026-03-01T10:00:00Z") + n * 86_400_000;
const LONG = `${"filler words ".repeat(200_000)}midwaymarvel ${"other words ".repeat(200_000)}`;

beforeAll(async () => {
  lab = openLab();
  const session = async (
    n: number,
    options: { cwd?: string; branch?: string },
    say: (w: ReturnType<typeof writer>) => string[],
  ) => {
    const write = writer({ id: psid(n), at: day(n), ...options });
    await lab.append(fileOf(psid(n)), `${say(write).join("\n")}\n`);
  };
  await session(1, { cwd: "/home/u/web-shop", branch: "feature/cart" }, (w) => [
    w.prompt("Rename getUserName, and mind HTTPServerError and parse_user_id"),
    w.call("Edit", "c1", {
      file_path: "/home/u/web-shop/src/auth/session-store.ts",
      old_string: "alpha",
      new_string: "bravo",
    }),
    w.result("c1", "The file has been updated, checksum 3fa9c2e81b7d"),
    w.reply("Renamed in src/other/notes.md"),
  ]);
  await session(2, { cwd: "/home/u/engine" }, (w) => [
    w.prompt("My C++ build fails, I don't know why"),
    w.call("Bash", "c2", { command: "make --keep-going foo-bar" }),
    w.result("c2", "error ERR_PNPM_PEER_DEP_ISSUES at 10.42.0.7:8443, exit 137", true),
    w.reply("It needs std::vector<int> and a.b.c in order"),
  ]);
  await session(3, { cwd: "/home/u/engine" }, (w) => [
    w.prompt("the letter c stands alone; i++ too; fix src/auth/session-store.ts"),
    w.call("mcp__tracker__list_issues", "c3", { state: "open", depth: 4096 }),
    w.result("c3", LONG),
  ]);
  await session(4, { cwd: "/home/u/nihongo" }, (w) => [
    w.prompt("検索機能を直す。한국어도 찾는다"),
    w.reply("Übergrößenträger café naïve Ångström"),
    w.image("image/png", "iVBORw0KGgo="),
  ]);
  await lab.settled();
  const [first] = lab.ids("getUserName");
  await lab.archive.run("patchSessions", {
    ids: [first!],
    patch: { title: "Quixotic rename", note: "ask Zdenka first", tags: ["later-maybe"] },
  });
  await lab.settled();
});
afterAll(() => lab.close());

const found = (query: string) =>
  lab
    .find(`${query} `)
    .sessions.map((session) => Number(session.provider_session_id.slice(-4)))
    .toSorted();

test.each([
  // Prompts, replies, tools, their inputs and outputs, paths, titles, tags, notes.
  ["rename", [1]],
  ["needs order", [2]],
  ["mcp__tracker__list_issues", [3]],
  ["tracker issues", [3]],
  ["4096", [3]],
  ["bravo", [1]],
  ["has been updated", [1]],
  ["midwaymarvel", [3]],
  ["quixotic", [1]],
  ["zdenka", [1]],
  ["later-maybe", [1]],
  // Parts of identifiers, segments of paths.
  ["user name", [1]],
  ["getUserName", [1]],
  ["getusername", [1]],
  ["server error", [1]],
  ["HTTPServerError", [1]],
  ["parse_user_id", [1]],
  ["user id", [1]],
  ["session-store", [1, 3]],
  ["auth/session-store.ts", [1, 3]],
  ["/home/u/web-shop/src/auth", [1]],
  ["notes.md", [1]],
  // Punctuation.
  ["C++", [2]],
  ["c++", [2]],
  ["don't", [2]],
  ["foo-bar", [2]],
  ["--keep-going", [2]],
  ["ERR_PNPM_PEER_DEP_ISSUES", [2]],
  ["err pnpm", [2]],
  ["a.b.c", [2]],
  ["std::vector<int>", [2]],
  // Numbers, hashes by prefix.
  ["137", [2]],
  ["10.42.0.7:8443", [2]],
  ["10.42", [2]],
  ["3fa9c2e81b7d", [1]],
  ["3fa9c2e", [1]],
  ["3fa9c2e81", [1]],
  // CJK by pieces, accents folded.
  ["検索", [4]],
  ["索機能", [4]],
  ["機能を直", [4]],
  ["국어", [4]],
  ["ubergroßentrager", [4]],
  ["CAFÉ", [4]],
  ["cafe naive", [4]],
  ["angstrom", [4]],
] as const)("%s finds %j", (query, sessions) => {
  expect(found(query)).toEqual([...sessions]);
});

test.each([
  ["tool:bash", [2]],
  ["tool:Bash,Edit", [1, 2]],
  ["tool:mcp__*", [3]],
  ["tool:nothing", []],
  ["file:src/auth/session-store.ts", [1]],
  ["file:session-store.ts", [1]],
  ["file:session", [1]],
  ["file:auth", [1]],
  ["file:store", [1]],
  ["file:uth", []],
  ["role:user the", [3]],
  ["role:tool error", [2]],
  ["role:assistant error", []],
  ["session-store role:prompt", [3]],
  ["branch:feature/cart", [1]],
  ["branch:FEATURE/*", [1]],
  ["-branch:feature/cart", [2, 3, 4]],
  ["project:Web-Shop", [1]],
  ["project:web*", [1]],
  ["-project:engine", [1, 4]],
  ["agent:CLAUDE C++", [2]],
  ["tag:later-maybe", [1]],
  ["-tag:later-maybe", [2, 3, 4]],
  ["has:error", [2]],
  ["has:image", [4]],
  ["-has:image cafe", []],
  ["device:laptop rename", [1]],
  [`session:${psid(2).slice(0, 30)}`, [1, 2, 3, 4]],
  [`session:${psid(2)}`, [2]],
  [`-session:${psid(2)}`, [1, 3, 4]],
  ["session:zzzz", []],
  ["is:pinned", []],
  ["-is:pinned C++", [2]],
  ["is:ended", [1, 2, 3, 4]],
  ["is:live", []],
  ["after:2026-03-03 before:2026-03-05", [2, 3]],
  ["session-store after:2026-03-04", [3]],
  ["rename OR C++", [1, 2]],
  ["(rename bravo) OR quixotic", [1]],
  ["(project:engine C++) OR tag:later-maybe", [1, 2]],
  ["tag:later-maybe OR has:image", [1, 4]],
  ["session-store -bravo -letter", []],
  ["session-store -(letter OR bravo)", []],
  ["session-store -letter", [1]],
  ['session-store -"letter c"', [1]],
] as const)("%s leaves %j", (query, sessions) => {
  expect(found(query)).toEqual([...sessions]);
});

test("a misspelt word finds what is spelt alike, and the answer says so", () => {
  expect(lab.find("qiuxotic ")).toMatchObject({ tier: "spelling", sessions: [{ title: "Quixotic rename" }] });

  const spelt = lab.find("checksun updated ");

  expect(spelt.tier).toBe("spelling");
  expect(spelt.sessions).toHaveLength(1);
  const { snippet, ranges } = spelt.sessions[0]!.match!;
  expect(ranges.map(([start, length]) => snippet.slice(start, start + length))).toContain("checksum");
});

test("words of one session that never stand in one event find it, before sessions with fewer of them", () => {
  const list = lab.find("bravo zdenkaless rename nowhere ");

  expect(list.tier).toBe("any");
  expect(list.sessions[0]?.provider_session_id).toBe(psid(1));
});

test("only the word that is being typed may go on, in whichever branch it stands", () => {
  const typed = (query: string) => lab.find(query).sessions.map((session) => session.provider_session_id);

  expect(typed("(project:engine C++) OR (project:web-shop quix")).toContain(psid(1));
  expect(typed("(project:web-shop quix) OR (project:engine C++)")).toEqual([psid(2)]);
});

test("an operator alone shows the newest event it is true of", () => {
  const [session] = lab.find("tool:bash").sessions;

  expect(session?.match?.tool_name).toBe("Bash");
  expect(session?.match?.snippet).toContain("make");
});

test("replays and what a tool put in are found by nothing, whatever the operator", () => {
  expect(found("role:system")).toEqual([]);
});
