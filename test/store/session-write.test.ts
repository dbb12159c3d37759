import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { sessionId } from "../../src/lib/id.ts";
import type { Session } from "../../src/domain/session.ts";
import { copiesOf } from "../../src/store/copies.ts";
import type { DeleteReply } from "../../src/store/session-delete.ts";
import { sessionByUuid } from "../../src/store/session-rows.ts";
import { listSources } from "../../src/store/source-rows.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";
import { fileOf, psid, subagentFileOf, talk } from "../support/fill.ts";

const id = (n: number, agent = "") => sessionId("claude", psid(n), agent);
const count = (archive: TestArchive, table: string) =>
  archive.db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()!.n;
const changes = (archive: TestArchive, kind: string) =>
  archive.db.query<{ session: number }, [string]>("SELECT session FROM changes WHERE kind = ?").all(kind).length;

/** Session 1 with a sub-agent, and session 2. */
async function two(): Promise<TestArchive> {
  const archive = openArchive();
  await archive.send({ path: fileOf(psid(1)), bytes: talk(3, { id: psid(1) }) });
  const agent = { id: psid(1), agent: "abc1234" };
  await archive.send({ path: subagentFileOf(psid(1), "abc1234"), bytes: talk(2, agent) });
  await archive.send({ path: fileOf(psid(2)), bytes: talk(2, { id: psid(2) }) });
  await archive.derived();
  return archive;
}
const read = (archive: TestArchive, n = 1): Session | null => sessionByUuid(archive.db, id(n), Date.now());

test("a patch changes what it names, and nothing else", async () => {
  const archive = await two();
  const patch = (patch: object) => archive.run("patchSessions", { ids: [id(1)], patch });

  await patch({ title: "Mine", tags: ["a", "b"] });
  await patch({ pinned: true });
  expect(read(archive)).toMatchObject({ title: "Mine", tags: ["a", "b"], pinned: true, note: null });

  await patch({ title: null, note: "remember" });
  expect(read(archive)).toMatchObject({ title: "question 0", tags: ["a", "b"], pinned: true, note: "remember" });
  expect(changes(archive, "session")).toBeGreaterThanOrEqual(2);
  archive.close();
});

test("a patch of many changes all or none", async () => {
  const archive = await two();
  const patch = { tags: ["x"] };

  expect(await archive.run("patchSessions", { ids: [id(1), id(9)], patch })).toEqual({ kind: "missing", id: id(9) });
  expect(read(archive)!.tags).toEqual([]);
  expect(await archive.run("patchSessions", { ids: [id(1), id(2)], patch })).toEqual({ kind: "ok" });
  expect([read(archive, 1)!.tags, read(archive, 2)!.tags]).toEqual([["x"], ["x"]]);
  archive.close();
});

test("tags put in and taken out leave those of others alone, and are found by words", async () => {
  const archive = await two();
  const patch = (patch: object, ids = [id(1), id(2)]) => archive.run("patchSessions", { ids, patch });
  await patch({ tags: ["mine"] }, [id(1)]);
  const before = changes(archive, "session");

  expect(await patch({ add_tags: ["ci", "ci"], remove_tags: ["gone"] })).toEqual({ kind: "ok" });
  expect([read(archive, 1)!.tags, read(archive, 2)!.tags]).toEqual([["mine", "ci"], ["ci"]]);
  await patch({ remove_tags: ["ci"] });
  expect([read(archive, 1)!.tags, read(archive, 2)!.tags]).toEqual([["mine"], []]);
  expect(changes(archive, "session")).toBe(before + 4);

  const many = Array.from({ length: 50 }, (_, n) => `t${n}`);
  expect(await patch({ add_tags: many })).toEqual({ kind: "tags", id: id(1) });
  expect(read(archive, 2)!.tags).toEqual([]);
  archive.close();
});

test("a patch of an older version is stale and changes nothing", async () => {
  const archive = await two();
  const { version } = read(archive)!;
  const patch = (version: number) => archive.run("patchSessions", { ids: [id(1)], patch: { note: "n" }, version });

  expect(await patch(version - 1)).toEqual({ kind: "stale", id: id(1) });
  expect(read(archive)!.note).toBeNull();
  expect(await patch(version)).toEqual({ kind: "ok" });
  expect(read(archive)!.version).toBe(version + 1);
  archive.close();
});

test("reading moves forward to an event, to the end, and back to nothing", async () => {
  const archive = await two();
  const through = (read_through: string | null) =>
    archive.run("patchSessions", { ids: [id(1)], patch: { read_through } });
  const position = () =>
    archive.db.query<{ p: number }, [string]>("SELECT read_position AS p FROM sessions WHERE uuid = ?").get(id(1))!.p;
  const ids = archive.db
    .query<{ hi: number; lo: number }, []>(
      "SELECT eid >> 30 AS hi, eid & 0x3fffffff AS lo FROM events WHERE session = 1 ORDER BY position",
    )
    .all()
    .map(({ hi, lo }) => hi.toString(36).padStart(6, "0") + lo.toString(36).padStart(6, "0"));

  await through(ids[3]!);
  expect(position()).toBe(3);
  await through(ids[1]!);
  expect(position()).toBe(3);
  await through("end");
  expect(position()).toBe(5);
  await through(null);
  expect(position()).toBe(-1);
  expect(await through("000000000000")).toEqual({ kind: "event", id: id(1) });
  archive.close();
});

test("what happened before the archive was made is not unread, what comes after it is until it is read", async () => {
  const archive = await two();
  const at = Date.now() + 60_000;
  await archive.send({ path: fileOf(psid(3)), bytes: talk(1, { id: psid(3), at }) });
  await archive.derived();

  expect(read(archive, 1)!.unread).toBe(false);
  expect(read(archive, 3)!.unread).toBe(true);
  await archive.run("patchSessions", { ids: [id(3)], patch: { read_through: "end" } });
  expect(read(archive, 3)!.unread).toBe(false);
  archive.close();
});

test("a deleted session is gone with its sub-agents, rows, blocks and words; the others stay", async () => {
  const archive = await two();
  await archive.send({ path: fileOf(psid(5)), bytes: talk(2, { id: psid(5), cwd: "/canary/w" }) });
  await archive.derived();
  const before = count(archive, "events");

  const gone = await archive.run<DeleteReply>("deleteSession", { id: id(1), copies: false });
  await archive.run("deleteSession", { id: id(5), copies: false });

  expect([...gone.deleted].sort()).toEqual([id(1), id(1, "abc1234")].sort());
  expect(read(archive, 1)).toBeNull();
  expect(sessionByUuid(archive.db, id(1, "abc1234"), 0)).toBeNull();
  expect(read(archive, 2)).toMatchObject({ user_messages: 2 });
  expect(count(archive, "events")).toBe(before - 6 - 4 - 4);
  expect(count(archive, "usage")).toBe(2);
  expect(count(archive, "blocks") + count(archive, "tails")).toBe(1);
  expect(changes(archive, "deleted")).toBe(3);
  expect(archive.changes.flatMap((changed) => changed.deleted)).toContain(id(1));
  archive.close();
  expect(readFileSync(archive.path).includes("canary")).toBe(false);
});

test("bytes of a deleted session are taken and thrown away, from its own file and from another", async () => {
  const archive = await two();
  const bytes = talk(4, { id: psid(1) });
  await archive.run("deleteSession", { id: id(1), copies: false });

  const own = await archive.send({ path: fileOf(psid(1)), bytes });
  const moved = await archive.send({ path: fileOf(psid(1), "-moved"), bytes });
  const other = await archive.send({ device: "server", path: fileOf(psid(1)), bytes });
  await archive.derived();

  expect(own).toMatchObject({ kind: "ok", result: { through: bytes.length, discarded: true } });
  expect([moved.kind, other.kind]).toEqual(["ok", "ok"]);
  expect(read(archive, 1)).toBeNull();
  const { sources } = listSources(archive.db, { filters: { path: fileOf(psid(1)) }, limit: 10, after: 0 });
  expect(sources.map((source) => source.discarded)).toEqual([true, true]);
  expect(count(archive, "sessions")).toBe(1);
  archive.close();
});

test("what stands beside a session goes with it, and what stands beside another stays", async () => {
  const archive = await two();
  const beside = (n: number, name: string) => `/home/u/.claude/projects/-w/${psid(n)}/${name}`;
  const file = { unit: "file" as const, bytes: "canary" };
  await archive.send({ path: beside(1, "tool-results/a.txt"), ...file });
  await archive.send({ path: beside(1, "subagents/agent-abc1234.meta.json"), ...file });
  await archive.send({ path: beside(2, "tool-results/a.txt"), ...file });
  await archive.derived();

  await archive.run("deleteSession", { id: id(1), copies: false });

  const { sources } = listSources(archive.db, { filters: {}, limit: 100, after: 0 });
  const kept = sources.filter((source) => !source.discarded).map((source) => source.path);
  expect(kept.toSorted()).toEqual([fileOf(psid(2)), beside(2, "tool-results/a.txt")].toSorted());
  archive.close();
});

test("a session that goes another way on another device is named as a copy of the first", async () => {
  const archive = openArchive();
  const shared = talk(600, { id: psid(1) });
  await archive.send({ path: fileOf(psid(1)), bytes: `${shared}{"type":"x"}\n` });
  await archive.send({ device: "third", path: fileOf(psid(1)), bytes: `${shared}{"type":"y"}\n` });
  await archive.derived();
  const fork = sessionId("claude", psid(1), "", "third");
  const row = (uuid: string) =>
    archive.db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE uuid = ?").get(uuid)!.id;

  expect(copiesOf(archive.db, row(id(1)))).toEqual([fork]);
  expect(copiesOf(archive.db, row(fork))).toEqual([]);
  const reply = await archive.run<DeleteReply>("deleteSession", { id: id(1), copies: false });
  expect(reply.copies).toEqual([fork]);
  expect(sessionByUuid(archive.db, fork, 0)).toMatchObject({ user_messages: 600 });
  archive.close();
});

test("deleting with copies leaves nothing that repeats the history", async () => {
  const archive = openArchive();
  const shared = talk(600, { id: psid(1) });
  await archive.send({ path: fileOf(psid(1)), bytes: `${shared}{"type":"x"}\n` });
  await archive.send({ device: "third", path: fileOf(psid(1)), bytes: `${shared}{"type":"y"}\n` });
  await archive.derived();
  expect(count(archive, "sessions")).toBe(2);

  const reply = await archive.run<DeleteReply>("deleteSession", { id: id(1), copies: true });

  expect(reply).toMatchObject({ copies: [] });
  expect(count(archive, "sessions") + count(archive, "blocks") + count(archive, "events")).toBe(0);
  archive.close();
});

test("a deletion of what is not there is null", async () => {
  const archive = await two();

  expect(await archive.run("deleteSession", { id: id(7), copies: true })).toBeNull();
  archive.close();
});
