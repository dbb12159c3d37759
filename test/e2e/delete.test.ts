/** Deletion in the compiled server: the words are nowhere, and nothing brings them back until they are wanted again. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sessionId } from "../../src/lib/id.ts";
import { claudeFile, put } from "../support/agents.ts";
import { compressedPiecesOf, placesOf } from "../support/bytes-in.ts";
import { psid, writer } from "../support/fill.ts";
import { eventsOf, search, sessionsOf } from "../support/remote.ts";
import { command, startServer, type Server } from "../support/server.ts";

const CANARY = "xylocanaryquagga";
const OTHER = "zephyrcanaryokapi";
/** What stands in the bytes: the index keeps a term as the prefix it shares with the one before and its rest. */
const bytesOf = (word: string) => Buffer.from(word.slice(4));
const [A, B, C] = [psid(1), psid(2), psid(3)];
const id = (session: string, agent = "") => sessionId("claude", session, agent);

let server: Server;
const fileA = () => claudeFile(server.home, 1);
const spool = () => join(server.home, ".claude");

/** 200 KiB that two sessions share, and a phrase that is searched for; the end is each one's own. */
function longTalk(own: string): string {
  const write = writer({ id: A });
  const shared = Array.from({ length: 500 }, (_, n) => [write.prompt(`question ${n}`), write.reply(`answer ${n}`)]);
  const canary = [write.prompt(`remember ${CANARY} well`), write.reply(`${CANARY} it is`)];
  return `${[...shared.flat(), ...canary, write.prompt(`own ${own}`)].join("\n")}\n`;
}

function lay(home: string) {
  const folder = join(home, ".claude/projects/-w", A);
  put(claudeFile(home, 1), longTalk(A));
  put(claudeFile(home, 2), longTalk(B));
  put(claudeFile(home, 3), `${writer({ id: C }).prompt(`tell me of ${OTHER}`)}\n`);
  const agent = writer({ id: A, agent: "abc1234" });
  put(join(folder, "subagents/agent-abc1234.jsonl"), `${agent.prompt(`look for ${CANARY}`)}\n`);
  put(join(folder, "tool-results/toolu_1.txt"), `${CANARY}\n`);
  const entries = [A, B, C].map((sessionId) => ({ sessionId, summary: CANARY, firstPrompt: `${CANARY} ${OTHER}` }));
  put(join(home, ".claude/projects/-w/sessions-index.json"), JSON.stringify({ version: 1, entries }));
}

async function until(what: () => Promise<boolean>, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await Bun.sleep(50)) if (await what()) return true;
  return false;
}

const found = async (phrase: string) => (await search(server, phrase)).length;
const there = async (session: string) => (await server.api(`/api/agents/sessions/${session}`)).status === 200;
const remove = (session: string, more = "") =>
  server.api(`/api/agents/sessions/${session}${more}`, { method: "DELETE" });

/** Files of the home that hold a phrase, once the server had a moment to clean up. */
async function rest(needles: readonly Uint8Array[]): Promise<string[]> {
  await until(async () => placesOf([server.data], needles).length === 0, 20_000);
  return [
    ...placesOf([server.data], needles),
    ...placesOf([spool()], needles).filter((path) => /longhouse/.test(path)),
  ];
}

beforeAll(async () => {
  server = await startServer({ args: [], env: { LONGHOUSE_RESCAN_MS: "300" } });
  lay(server.home);
  await until(async () => (await sessionsOf(server)).length === 4, 20_000);
  // A session is there before its last bytes are.
  await command(server, ["ship"]);
  await server.settled();
}, 60_000);
afterAll(() => server?.stop());

test("a session that repeats the history is named, and goes with it when it is asked to", async () => {
  const answer = await remove(id(C));
  expect([answer.status, answer.headers.get("x-session-copies")]).toEqual([204, null]);
  const { copies } = await server.json<{ copies: string[] }>(`/api/agents/sessions/${id(A)}`);
  expect(copies).toEqual([id(B)]);
});

test("a canary of a deleted session is found by no byte search over the home", async () => {
  await server.api(`/api/agents/sessions/${id(A)}`, {
    method: "PATCH",
    body: JSON.stringify({ note: CANARY, title: CANARY, tags: [CANARY] }),
    headers: { "content-type": "application/json" },
  });
  await server.settled();
  expect(await found(CANARY)).toBeGreaterThan(0);
  const needles = [bytesOf(CANARY), ...compressedPiecesOf(join(server.data, "longhouse.db"), CANARY)];
  // The search must be able to see what it looks for.
  const before = placesOf([server.data], needles);
  for (const file of ["longhouse.db block", "search.db"])
    expect([file, before.some((path) => path.includes(file))]).toEqual([file, true]);

  expect((await remove(id(A), "?with=copies")).status).toBe(204);

  expect(await found(CANARY)).toBe(0);
  expect(await sessionsOf(server)).toEqual([]);
  expect(await rest(needles)).toEqual([]);
  expect(await rest([bytesOf(OTHER)])).toEqual([]);
}, 60_000);

test("neither a rescan, ship, a rename, a new generation nor another device brings it back", async () => {
  const text = readFileSync(fileA(), "utf8");
  const renamed = join(server.home, ".claude/projects/-elsewhere", `${A}.jsonl`);
  mkdirSync(dirname(renamed), { recursive: true });
  renameSync(fileA(), renamed);
  writeFileSync(claudeFile(server.home, 2), `${text.slice(0, text.length / 2).replaceAll("question", "inquiry")}\n`);
  await command(server, ["ship"]);
  const made = await server.api("/api/devices/tokens", {
    method: "POST",
    body: JSON.stringify({ device_id: "second", scope: "ingest" }),
    headers: { "content-type": "application/json" },
  });
  const { token } = (await made.json()) as { token: string };
  const query = new URLSearchParams({ provider: "claude", path: `/elsewhere/.claude/projects/-w/${A}.jsonl` });
  const answer = await fetch(`${server.url}/api/agents/ingest?${query}`, {
    method: "POST",
    body: text,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" },
  });

  expect(await answer.json()).toMatchObject({ discarded: true, through: text.length });
  await Bun.sleep(1000);
  await server.settled();
  expect(await sessionsOf(server)).toEqual([]);
  expect(await found(CANARY)).toBe(0);
  expect(await rest([bytesOf(CANARY)])).toEqual([]);
  renameSync(renamed, fileA());
}, 60_000);

test("not even a stop leaves the words behind", async () => {
  const { home, data } = server;
  await server.stop();
  expect(await rest([bytesOf(CANARY), bytesOf(OTHER)])).toEqual([]);
  server = await startServer({ home, data, args: [], env: { LONGHOUSE_RESCAN_MS: "300" } });
  await Bun.sleep(600);
  await server.settled();
  expect(await sessionsOf(server)).toEqual([]);
}, 60_000);

test("undelete and the next look at the files bring it back, with its sub-agent, and it is found again", async () => {
  const undeleted = await command(server, ["undelete", id(A), "--json"]);
  expect(JSON.parse(undeleted.stdout).undeleted.toSorted()).toEqual([id(A), id(A, "abc1234")].toSorted());

  expect((await command(server, ["ship"])).code).toBe(0);
  await server.settled();

  expect([await there(id(A)), await there(id(A, "abc1234")), await there(id(B)), await there(id(C))]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect((await eventsOf(server, id(A))).length).toBeGreaterThan(1000);
  expect(await found(CANARY)).toBeGreaterThan(0);
}, 60_000);

test("a kill right after the answer leaves no word behind either", async () => {
  const { home, data } = server;
  const needles = [bytesOf(CANARY), ...compressedPiecesOf(join(data, "longhouse.db"), CANARY)];
  expect((await remove(id(A), "?with=copies")).status).toBe(204);
  await server.stop("SIGKILL");

  server = await startServer({ home, data });
  await server.settled();

  expect(await found(CANARY)).toBe(0);
  expect(await rest(needles)).toEqual([]);
}, 60_000);
