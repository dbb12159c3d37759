import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatReport } from "../../src/store/format-report.ts";
import { fileOf, psid, writer } from "../support/fill.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

type Row = Record<string, unknown>;
const session = (archive: TestArchive) => archive.db.query<Row, []>("SELECT * FROM sessions").get()!;

test("records without a time of their own stand at their session's start, not at the beginning of time", async () => {
  const archive = openArchive();
  const started = "2025-08-10T18:58:38.331Z";
  const message = (role: string, text: string) =>
    `${JSON.stringify({ type: "message", role, content: [{ type: "input_text", text }] })}\n`;
  const header = `${JSON.stringify({ id: psid(1), timestamp: started, instructions: null })}\n`;
  const path = `/home/u/.codex/sessions/2025/08/10/rollout-2025-08-10T18-58-38-${psid(1)}.jsonl`;

  await archive.send({ path, provider: "codex", bytes: header + message("user", "ask") + message("assistant", "say") });
  await archive.derived();

  const at = Date.parse(started);
  expect(session(archive)).toMatchObject({ started_at: at, last_event_at: at, active_at: at, recent_at: at });
  archive.close();
});

test("a session in which nobody asked anything is named by its first reply, until somebody asks", async () => {
  const archive = openArchive();
  const write = writer({ id: psid(1) });
  const replies = `${write.reply("It begins.")}\n${write.reply("It goes on.")}\n`;
  await archive.send({ path: fileOf(psid(1)), bytes: replies });
  await archive.derived();
  const before = session(archive)["title"];

  await archive.send({ path: fileOf(psid(1)), offset: replies.length, bytes: `${write.prompt("What is it?")}\n` });
  await archive.derived();

  expect([before, session(archive)["title"]]).toEqual(["It begins.", "What is it?"]);
  archive.close();
});

test("no session is a fork of itself, whatever a renamed copy says", async () => {
  const archive = openArchive();
  const copied = { sessionId: psid(1), messageUuid: "m" };
  const line = JSON.parse(writer({ id: psid(1) }).prompt("copied")) as Row;
  const bytes = `${JSON.stringify({ ...line, forkedFrom: copied })}\n`;

  await archive.send({ path: fileOf(psid(1)), bytes });
  await archive.derived();

  expect(session(archive)).toMatchObject({ psid: psid(1), fork_uuid: null });
  archive.close();
});

test("times that go back change no order, and the session's ends are the earliest and the latest", async () => {
  const archive = openArchive();
  const at = (minute: number) => Date.parse(`2026-01-01T10:${minute}:00Z`);
  const said = [30, 10, 50, 20].map((minute, n) => {
    const line = JSON.parse(writer({ id: psid(1) }).prompt(`prompt ${n}`)) as Row;
    return { ...line, uuid: `00000000-0000-4000-8000-00000000000${n}`, timestamp: new Date(at(minute)).toISOString() };
  });

  await archive.send({ path: fileOf(psid(1)), bytes: said.map((line) => `${JSON.stringify(line)}\n`).join("") });
  await archive.derived();

  const times = archive.db.query<{ at: number }, []>("SELECT at FROM events ORDER BY position").all();
  expect(times.map((row) => row.at)).toEqual([at(30), at(10), at(50), at(20)]);
  expect(session(archive)).toMatchObject({ started_at: at(10), last_event_at: at(50), title: "prompt 0" });
  archive.close();
});

test("a log sent under another agent's name is told as unknown, not passed over in silence", async () => {
  const archive = openArchive();
  const bytes = readFileSync(join(import.meta.dir, "../fixtures/codex/paginated.jsonl"));

  await archive.send({ path: fileOf(psid(1)), provider: "claude", bytes });
  await archive.derived();

  const [told] = formatReport(archive.db).providers;
  expect(told).toMatchObject({ provider: "claude", records: told!.unknown });
  expect(told!.types.map(({ type }) => type)).toContain("session_meta");
  archive.close();
});
