/** A home with files of every agent, through `longhouse ship` of the compiled binary into an archive, byte for byte. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { agentFiles, claudeFile, isDerived, layAgents, providerOf, put } from "../support/agents.ts";
import { psid, talk, writer } from "../support/fill.ts";
import { CORPUS, needing } from "../support/needs.ts";
import { eventsOf, metric, raw, sessionsOf, sourcesAt, sourcesOf } from "../support/remote.ts";
import type { Session } from "../support/remote.ts";
import { expectHonest } from "../support/plausible.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { expectArchived, newest, ship } from "../support/shipping.ts";
import { tempDir } from "../support/temp.ts";

let server: Server;
beforeAll(async () => {
  const home = tempDir("home");
  layAgents(home);
  server = await startServer({ home });
});
afterAll(() => server.stop());

/** Of the sessions that the archive has, by id. */
const byId = async (of: Server) => new Map((await sessionsOf(of)).map((session) => [session.id, session] as const));

/** Ships a home, and fails unless everything in it is archived, shown, and not sent again. */
async function shipsExactly(of: Server): Promise<ReadonlyMap<string, Session>> {
  const files = agentFiles(of.home);
  const first = await ship(of);
  const sent = await metric(of, "longhouse_ingest_bytes_total");
  const second = await ship(of);
  await of.settled();

  // A database is no file of ours: each conversation in it that says something is a source.
  const conversations = (await sourcesOf(of)).filter(({ unit }) => unit === "query");
  const said = conversations.reduce((sum, { through }) => sum + through, 0);
  const { sources } = first;
  expect(sources).toBeGreaterThanOrEqual(files.length + conversations.length);
  expect(first).toMatchObject({ failed: 0, spooled: 0 });
  expect(first.bytes).toBe(files.reduce((sum, path) => sum + readFileSync(path).length, said));
  expect(sent).toBe(first.bytes);
  expect(second).toMatchObject({ sources, bytes: 0, failed: 0 });
  expect(await metric(of, "longhouse_ingest_bytes_total")).toBe(sent);
  await expectArchived(of, files);
  return byId(of);
}

test("every file of every agent is archived byte for byte but databases, and a second ship sends nothing", async () => {
  const sessions = await shipsExactly(server);

  const sources = await newest(server);
  for (const path of agentFiles(server.home).filter(isDerived))
    expectHonest(path, readFileSync(path), sessions.get(sources.get(path)!.session_id ?? ""));
});

test("a range of a source is that range of its file", async () => {
  const path = claudeFile(server.home, 900);
  const bytes = readFileSync(path);
  const [source] = await sourcesAt(server, path);

  for (const [range, from, to] of [
    ["bytes=0-0", 0, 1],
    ["bytes=100-4999", 100, 5000],
    ["bytes=5000-", 5000, bytes.length],
    ["bytes=-17", bytes.length - 17, bytes.length],
  ] as const)
    expect((await raw(server, source!.id, range)).equals(bytes.subarray(from, to))).toBe(true);
});

test("a sub-agent stands under its parent, and not on the timeline", async () => {
  const { sessions } = await server.json<{ sessions: Session[] }>("/api/agents/sessions?limit=100");
  const parent = sessions.find((session) => session.provider_session_id === psid(900))!;
  const { children } = await server.json<{ children: Session[] }>(`/api/agents/sessions/${parent.id}`);

  expect(children.map((child) => child.kind)).toEqual(["subagent"]);
  expect(sessions.every((session) => session.kind !== "subagent")).toBe(true);
});

/** Prompts of the session of a path, in order. */
async function prompts(path: string): Promise<unknown[]> {
  await server.settled();
  const session = (await sourcesAt(server, path)).find((source) => source.session_id)!.session_id!;
  return (await eventsOf(server, session))
    .filter((event) => event.kind === "prompt")
    .map((event) => event["content_text"]);
}

/** A line that is no record of `talk`. */
function laterLine(n: number, text: string): string {
  const write = writer({ id: psid(n), at: Date.parse("2026-02-02") });
  for (let skipped = 0; skipped < 50; skipped++) write.prompt("");
  return `${write.prompt(text)}\n`;
}

/** Bytes of each generation of a path. */
async function generations(path: string): Promise<string[]> {
  const all = await Promise.all((await sourcesAt(server, path)).map((source) => raw(server, source.id)));
  return all.map((bytes) => bytes.toString());
}

test("a file that grows is sent from where it was, torn tails included", async () => {
  const write = writer({ id: psid(910) });
  const [one, two, three] = ["one", "two", "three"].map((text) => `${write.prompt(text)}\n`) as [
    string,
    string,
    string,
  ];
  const path = put(claudeFile(server.home, 910), one);
  await ship(server);

  appendFileSync(path, two + three.slice(0, 40));
  const grown = await ship(server);
  const torn = await prompts(path);
  appendFileSync(path, three.slice(40));
  const ended = await ship(server);

  expect([grown.bytes, ended.bytes]).toEqual([two.length + 40, three.length - 40]);
  expect(torn).toEqual(["one", "two"]);
  expect(await prompts(path)).toEqual(["one", "two", "three"]);
  expect(await generations(path)).toEqual([one + two + three]);
});

test("a file that is cut begins a new generation, and what it held before stays", async () => {
  const before = talk(5, { id: psid(911) });
  const path = put(claudeFile(server.home, 911), before);
  await ship(server);
  const after = laterLine(911, "after the cut");

  truncateSync(path, 0);
  appendFileSync(path, after);
  await ship(server);

  expect(await generations(path)).toEqual([before, after]);
  expect(await prompts(path)).toContain("after the cut");
  expect(await prompts(path)).toContain("question 4");
});

test("a file that is replaced by a longer one of the same beginning gives its events once", async () => {
  const before = talk(5, { id: psid(912) });
  const path = put(claudeFile(server.home, 912), before);
  await ship(server);
  const after = before + laterLine(912, "more");

  writeFileSync(`${path}.new`, after);
  renameSync(`${path}.new`, path);
  const sent = await ship(server);

  expect(sent.bytes).toBe(after.length - before.length);
  expect(await generations(path)).toEqual([after]);
  expect(await prompts(path)).toEqual([0, 1, 2, 3, 4].map((n) => `question ${n}`).concat("more"));
});

test("a file that is replaced by another is archived beside it", async () => {
  const path = put(claudeFile(server.home, 913), talk(5, { id: psid(913) }));
  const before = readFileSync(path, "utf8");
  await ship(server);
  const after = laterLine(913, "another history") + before;

  writeFileSync(`${path}.new`, after);
  renameSync(`${path}.new`, path);
  await ship(server);

  expect(await generations(path)).toEqual([before, after]);
  expect(await prompts(path)).toContain("another history");
});

test("a file that is written over in place, at the same size, is noticed", async () => {
  const before = `${writer({ id: psid(914) }).prompt("the first text")}\n`;
  const path = put(claudeFile(server.home, 914), before);
  await ship(server);
  const after = before.replace("the first text", "a second text.");
  await Bun.sleep(20);

  const fd = openSync(path, "r+");
  writeSync(fd, after);
  closeSync(fd);
  await ship(server);

  expect(await generations(path)).toEqual([before, after]);
});

needing(CORPUS !== null, "LONGHOUSE_CORPUS names no real sessions")(
  "real sessions are archived byte for byte, each with its session",
  async () => {
    const home = tempDir("corpus");
    const script = join(import.meta.dir, "../bench/lay-home.ts");
    expect(Bun.spawnSync([process.execPath, script, CORPUS!, home]).exitCode).toBe(0);
    const real = await startServer({ home });

    const sessions = await shipsExactly(real);

    const sources = await newest(real);
    const files = agentFiles(home);
    for (const path of files.filter(isDerived))
      expectHonest(path, readFileSync(path), sessions.get(sources.get(path)!.session_id ?? ""));
    const derived = files.filter((path) => sources.get(path)!.session_id).length;
    const of = (provider: string) => files.filter((path) => providerOf(path) === provider).length;
    console.log(
      `corpus: ${files.length} files (${["claude", "codex", "gemini", "cursor"].map((name) => `${name} ${of(name)}`).join(", ")}), ` +
        `${derived} with a session, ${sessions.size} sessions, peak ${Math.round(real.memory().peak / 1e6)} MB`,
    );
    await real.stop();
  },
  120_000,
);
