import { expect, test } from "bun:test";
import { dirname } from "node:path";
import { readPage } from "../support/reindexed.ts";
import { reindexStep } from "../../src/store/reindex.ts";
import { openForWriting } from "../../src/store/open.ts";
import { write } from "../../src/store/write.ts";
import { openArchive, type TestArchive } from "../support/archive.ts";
import { fileOf, psid, talk } from "../support/fill.ts";

/** Sessions of `lengths` prompts; the second repeats the first one's calls. */
async function filled(lengths: readonly number[]): Promise<TestArchive> {
  const archive = openArchive();
  for (const [n, length] of lengths.entries())
    await archive.send({ path: fileOf(psid(n)), bytes: talk(length, { id: psid(n) }) });
  await archive.send({
    path: fileOf(psid(90)),
    bytes: talk(5, { id: psid(0) }).replaceAll(`"sessionId":"${psid(0)}"`, `"sessionId":"${psid(90)}"`),
  });
  await archive.derived();
  return archive;
}

test("a reindex gives the same sessions, events and figures", async () => {
  const archive = await filled([20, 3, 8]);
  const before = readPage(archive.db);

  expect(await archive.run<number>("reindexAll", null)).toBe(4);
  await archive.derived();

  expect(readPage(archive.db)).toEqual(before);
  expect(archive.faults).toEqual([]);
  archive.close();
});

test("a reindex that is broken off anywhere goes on at the next start, and gives the same", async () => {
  let archive = await filled([20, 3, 4000, 8]);
  const before = readPage(archive.db);
  const dir = dirname(archive.path);

  for (let steps = 1; steps < 8; steps++) {
    await archive.run("reindexAll", null);
    archive.close();
    const db = openForWriting(archive.path);
    for (let n = 0; n < steps; n++) write(db, () => reindexStep(db, () => {}));
    db.close();
    archive = openArchive(dir);
    await archive.derived();
    expect(readPage(archive.db)).toEqual(before);
  }
  archive.close();
}, 30_000);

test("lines that arrive while everything is derived anew are counted once", async () => {
  const archive = await filled([6, 4000]);
  const whole = talk(30, { id: psid(0) });
  const known = talk(6, { id: psid(0) }).length;

  await archive.run("reindexAll", null);
  const lines = whole.slice(known).split("\n").slice(0, -1);
  let offset = known;
  for (const line of lines) {
    await archive.send({ path: fileOf(psid(0)), offset, bytes: `${line}\n` });
    offset += line.length + 1;
    await Bun.sleep(1);
  }
  await archive.derived();

  const expected = openArchive();
  await expected.send({ path: fileOf(psid(0)), bytes: whole });
  await expected.derived();
  const one = (each: TestArchive) => readPage(each.db).sessions.find(({ psid: id }) => id === psid(0));
  expect(one(archive)).toEqual(one(expected));
  archive.close();
  expected.close();
});

test("a newer parser derives the sessions of its provider anew, and no others", async () => {
  const archive = await filled([3]);
  await archive.send({
    provider: "codex",
    path: "event:x",
    lines: true,
    bytes: `{"role":"user","timestamp":"2026-01-01T00:00:00Z","content_text":"hello"}\n`,
  });
  await archive.derived();
  const before = readPage(archive.db);
  const dir = dirname(archive.path);
  archive.close();
  const db = openForWriting(archive.path);
  db.run("UPDATE sources SET parser_version = 0 WHERE provider = 'claude'");
  db.run("DELETE FROM changes");
  db.close();

  const next = openArchive(dir);
  await next.derived();

  const rebuilt = next.db
    .query<{ provider: string }, []>(
      "SELECT DISTINCT provider FROM changes JOIN sessions ON sessions.id = session WHERE changes.kind = 'rebuilt'",
    )
    .all();
  expect(rebuilt).toEqual([{ provider: "claude" }]);
  expect(readPage(next.db)).toEqual(before);
  next.close();
  const third = openForWriting(archive.path);
  expect(write(third, () => reindexStep(third, () => {}))).toBeNull();
  third.close();
});

test("a source that no parser knew is looked at again by a newer one, and by a reindex", async () => {
  let archive = await filled([3]);
  const before = readPage(archive.db);
  const dir = dirname(archive.path);
  const forget = () => {
    archive.close();
    const db = openForWriting(archive.path);
    db.run("UPDATE sources SET role = 'other', session = NULL, derived_through = 0, parser_version = 0, state = NULL");
    for (const table of ["events", "usage", "usage_owners", "sessions"]) db.run(`DELETE FROM ${table}`);
    return db;
  };
  forget().close();

  archive = openArchive(dir);
  await archive.derived();
  expect(readPage(archive.db)).toEqual(before);

  const db = forget();
  db.run("UPDATE sources SET parser_version = 999");
  db.close();
  archive = openArchive(dir);
  await archive.derived();
  expect(readPage(archive.db).sessions).toEqual([]);
  await archive.run("reindexAll", null);
  await archive.derived();
  expect(readPage(archive.db)).toEqual(before);
  archive.close();
});

test("a session whose records have no times is no younger after a reindex", async () => {
  const archive = openArchive();
  const call = { type: "tool_use", id: "c1", name: "Read", input: { file_path: "/w/a" } };
  const records = [
    { type: "user", uuid: "u1", sessionId: psid(1), message: { role: "user", content: "read it" } },
    { type: "assistant", uuid: "u2", sessionId: psid(1), message: { id: "m1", role: "assistant", content: [call] } },
  ];
  await archive.send({ path: fileOf(psid(1)), bytes: records.map((record) => `${JSON.stringify(record)}\n`).join("") });
  await archive.derived();
  const before = readPage(archive.db);
  expect(before.sessions[0]).toMatchObject({ current: expect.stringContaining("since") });

  await Bun.sleep(30);
  await archive.run("reindexAll", null);
  await archive.derived();

  expect(readPage(archive.db)).toEqual(before);
  archive.close();
});
