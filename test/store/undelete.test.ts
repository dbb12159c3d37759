import { expect, test } from "bun:test";
import { sessionId } from "../../src/lib/id.ts";
import type { HeartbeatReply } from "../../src/domain/heartbeat.ts";
import type { IngestReply } from "../../src/archive/protocol.ts";
import { readRange } from "../../src/store/bytes.ts";
import { sessionByUuid } from "../../src/store/session-rows.ts";
import { listTombstones } from "../../src/store/tombstones.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";
import { fileOf, psid, subagentFileOf, talk } from "../support/fill.ts";

const id = (n: number, agent = "", variant = "") => sessionId("claude", psid(n), agent, variant);
const count = (archive: TestArchive, table: string) =>
  archive.db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()!.n;
const prompts = (archive: TestArchive, uuid: string) => sessionByUuid(archive.db, uuid, 0)?.user_messages ?? null;
const remove = (archive: TestArchive, uuid: string) => archive.run("deleteSession", { id: uuid, copies: false });
const undelete = (archive: TestArchive, uuid: string) => archive.run<string[] | null>("undeleteSession", { id: uuid });
const discarded = (reply: IngestReply) => reply.kind === "ok" && reply.result.discarded === true;
const epoch = async (archive: TestArchive) => {
  const heartbeat = { version: "1", started_at: null, providers: {}, live: [], failed: [], disk_free: null };
  return (await archive.run<HeartbeatReply>("recordHeartbeat", { device: "laptop", heartbeat })).epoch;
};

const main = talk(3, { id: psid(1) });
const agent = (name: string) => ({
  path: subagentFileOf(psid(1), name),
  bytes: talk(2, { id: psid(1), agent: name }),
});
const sidecar = {
  path: `/home/u/.claude/projects/-w/${psid(1)}/tool-results/a.txt`,
  unit: "file" as const,
  bytes: "x",
};

/** Session 1 with a sub-agent and a sidecar, deleted. */
async function deleted(): Promise<TestArchive> {
  const archive = openArchive();
  await archive.send({ path: fileOf(psid(1)), bytes: main });
  await archive.send(agent("abc1234"));
  await archive.send(sidecar);
  await archive.derived();
  await remove(archive, id(1));
  return archive;
}

test("bytes of a deleted session are not even written, wherever they come from", async () => {
  const archive = await deleted();

  const replies = [
    await archive.send({ path: fileOf(psid(1)), bytes: main }),
    await archive.send({ path: fileOf(psid(1), "-renamed"), bytes: main }),
    await archive.send({ path: fileOf(psid(1)), generation: 1, bytes: main.replace("question", "other") }),
    await archive.send({ device: "second", path: fileOf(psid(1)), bytes: main }),
    await archive.send({ device: "second", ...agent("def5678") }),
    await archive.send({ device: "second", ...sidecar }),
  ];

  expect(replies.map(discarded)).toEqual(replies.map(() => true));
  expect([count(archive, "blocks"), count(archive, "tails"), count(archive, "sessions")]).toEqual([0, 0, 0]);
  archive.close();
});

test("what was undeleted comes back when it is sent again, sub-agents and sidecars too", async () => {
  const archive = await deleted();
  await archive.send(agent("def5678"));
  expect(await undelete(archive, id(1))).toEqual(expect.arrayContaining([id(1), id(1, "abc1234")]));
  expect(listTombstones(archive.db)).toEqual([]);

  for (const each of [{ path: fileOf(psid(1)), bytes: main }, agent("abc1234"), agent("def5678"), sidecar])
    expect(discarded(await archive.send(each))).toBe(false);
  await archive.derived();

  expect([id(1), id(1, "abc1234"), id(1, "def5678")].map((uuid) => prompts(archive, uuid))).toEqual([3, 2, 2]);
  expect(count(archive, "sources")).toBe(4);
  archive.close();
});

test("an undelete makes shippers compare, and nothing else does", async () => {
  const archive = await deleted();
  const before = await epoch(archive);

  await undelete(archive, id(1));
  const after = await epoch(archive);

  expect(after).not.toBe(before);
  expect(await undelete(archive, id(1))).toBeNull();
  expect(await epoch(archive)).toBe(after);
  archive.close();
});

test("undeleting one session leaves the others deleted", async () => {
  const archive = await deleted();
  await archive.send({ path: fileOf(psid(2)), bytes: talk(2, { id: psid(2) }) });
  await archive.derived();
  await remove(archive, id(2));

  await undelete(archive, id(1));

  expect(listTombstones(archive.db).map(({ id }) => id)).toEqual([id(2)]);
  expect(discarded(await archive.send({ path: fileOf(psid(2)), bytes: talk(2, { id: psid(2) }) }))).toBe(true);
  archive.close();
});

test("a device with a branch of its own is judged by that branch", async () => {
  const archive = openArchive();
  const theirs = `${main}{"type":"x"}\n`;
  await archive.send({ path: fileOf(psid(1)), bytes: `${main}${talk(1, { id: psid(1) })}` });
  await archive.send({ device: "third", path: fileOf(psid(1)), bytes: theirs });
  await archive.derived();
  expect(prompts(archive, id(1, "", "third"))).toBe(3);

  await remove(archive, id(1));
  const renamed = { device: "third", path: fileOf(psid(1), "-renamed"), bytes: `${theirs}{"type":"y"}\n` };
  expect(discarded(await archive.send(renamed))).toBe(false);
  await archive.derived();
  expect(prompts(archive, id(1))).toBeNull();
  expect(prompts(archive, id(1, "", "third"))).toBe(3);
  expect(discarded(await archive.send({ device: "fourth", path: fileOf(psid(1)), bytes: theirs }))).toBe(true);

  await remove(archive, id(1, "", "third"));
  expect(discarded(await archive.send({ ...renamed, path: fileOf(psid(1), "-again") }))).toBe(true);
  archive.close();
});

const chat = "/home/u/.gemini/tmp/aa/chats/session-2026-01-02T03-04-5b0f1c52.json";
const chatOf = (...texts: readonly string[]) =>
  JSON.stringify({
    sessionId: psid(8),
    projectHash: "aa",
    startTime: "2026-01-02T03:04:00Z",
    lastUpdated: "2026-01-02T03:05:00Z",
    messages: texts.map((content, n) => ({ id: `m${n}`, timestamp: "2026-01-02T03:04:05Z", type: "user", content })),
  });

test("every generation of a rewritten file goes, torn ones too, and a torn one does not come back", async () => {
  const archive = openArchive();
  const send = (generation: number, text: string) =>
    archive.send({ provider: "gemini", path: chat, unit: "file", size: text.length, generation, bytes: text });
  await send(0, chatOf("one"));
  await send(1, chatOf("one", "two"));
  await send(2, chatOf("one", "two", "canary").slice(0, -40));
  await archive.derived();
  const session = sessionId("gemini", psid(8), "");
  expect(prompts(archive, session)).toBe(2);

  await remove(archive, session);
  const replies = [await send(3, chatOf("one", "canary").slice(0, -40)), await send(4, chatOf("one", "canary"))];
  await archive.derived();

  expect(discarded(replies[0]!)).toBe(true);
  expect(["blocks", "tails", "deltas", "sessions"].map((table) => count(archive, table))).toEqual([0, 0, 0, 0]);
  archive.close();
});

test("what an index of many sessions says of a deleted one goes, and does not come back until it is undeleted", async () => {
  const archive = openArchive();
  const path = "/home/u/.claude/projects/-w/sessions-index.json";
  const index = JSON.stringify({
    version: 1,
    entries: [1, 2].map((n) => ({ sessionId: psid(n), summary: `summary ${n}`, firstPrompt: `canary ${n}` })),
  });
  const send = (generation: number) =>
    archive.send({ path, unit: "file", size: index.length, generation, bytes: index });
  const held = () =>
    archive.db
      .query<{ id: number; through: number }, []>(
        "SELECT id, through FROM sources WHERE path LIKE '%index.json' ORDER BY generation",
      )
      .all()
      .map(({ id, through }) => Buffer.from(readRange(archive.db, id, 0, through)).toString());
  await archive.send({ path: fileOf(psid(1)), bytes: main });
  await send(0);
  await archive.derived();

  await remove(archive, id(1));
  await archive.derived();
  await send(1);
  await archive.derived();

  expect(held().map((text) => [text.includes("canary 1"), text.includes("canary 2")])).toEqual([
    [false, true],
    [false, true],
  ]);
  expect(archive.db.query("SELECT 1 FROM asides WHERE facts LIKE '%summary 1%'").get()).toBeNull();
  expect(await send(1)).toMatchObject({ kind: "ok", result: { through: index.length } });

  await undelete(archive, id(1));
  expect(await send(1)).toEqual({ kind: "diverged", generation: 2, through: 0 });
  await send(2);
  expect(held()[2]).toBe(index);
  archive.close();
});
