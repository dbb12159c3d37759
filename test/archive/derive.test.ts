import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { readRange } from "../../src/store/bytes.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

setDefaultTimeout(60_000);

const PATH = "/home/u/.claude/projects/-w/5b0f1c52-0001-4000-8000-000000000001.jsonl";
const SESSION = "5b0f1c52-0001-4000-8000-000000000001";

let clock = Date.parse("2026-01-01T10:00:00Z");
const stamp = () => new Date((clock += 1000)).toISOString();
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const base = (n: number) => ({
  uuid: uuid(n),
  parentUuid: n ? uuid(n - 1) : null,
  sessionId: SESSION,
  cwd: "/w",
  timestamp: stamp(),
});
const prompt = (n: number, text: string) =>
  JSON.stringify({ type: "user", ...base(n), message: { role: "user", content: text } });
const reply = (n: number, text: string) =>
  JSON.stringify({
    type: "assistant",
    ...base(n),
    requestId: `r${n}`,
    message: {
      id: `m${n}`,
      role: "assistant",
      model: "claude-sonnet-4-5",
      stop_reason: "end_turn",
      content: [{ type: "text", text }],
      usage: { input_tokens: 10, output_tokens: n, cache_read_input_tokens: 5, cache_creation_input_tokens: 1 },
    },
  });

const talk = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    i % 2 ? reply(from + i, `answer ${from + i}`) : prompt(from + i, `question ${from + i}`),
  );

type Row = Record<string, unknown>;
const events = (archive: TestArchive) =>
  archive.db
    .query<Row, []>("SELECT position, offset, idx, eid, kind, at, flags FROM events ORDER BY session, position")
    .all();
const session = (archive: TestArchive) => archive.db.query<Row, []>("SELECT * FROM sessions ORDER BY id").get()!;

test("a session shipped in any pieces, with repeats, is derived as one shipped whole", async () => {
  const text = `${talk(0, 9).join("\n")}\n{"torn\n${reply(20, "x\u00e9\u{1F600}")}{"glued":1}\n${prompt(21, "end")}\n`;
  const bytes = new TextEncoder().encode(text);
  const whole = openArchive();
  await whole.send({ path: PATH, bytes });
  await whole.derived();
  const expected = { events: events(whole), counts: pick(session(whole)) };
  whole.close();

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.nat(300)), { minLength: 1, maxLength: 12 }),
      async (steps) => {
        const archive = openArchive();
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const [length, back] = steps[i % steps.length]!;
          const from = Math.max(0, at - back);
          const to = Math.min(bytes.length, at + length);
          const answer = await archive.send({ path: PATH, offset: from, bytes: bytes.slice(from, to) });
          expect(answer).toMatchObject({ kind: "ok", result: { through: to } });
          at = to;
        }
        await archive.derived();

        expect({ events: events(archive), counts: pick(session(archive)) }).toEqual(expected);
        expect(Buffer.from(readRange(archive.db, 1, 0, 1e9)).equals(Buffer.from(bytes))).toBe(true);
        archive.close();
      },
    ),
    { numRuns: 25 },
  );
});

const pick = ({ title, user_messages, assistant_messages, input, output, cost_usd, events: n, open }: Row) => ({
  title,
  user_messages,
  assistant_messages,
  input,
  output,
  cost_usd,
  n,
  open,
});

test("bytes below through are skipped when equal, and another generation when not", async () => {
  const archive = openArchive();
  const [first, second] = talk(0, 2).map((line) => `${line}\n`);
  await archive.send({ path: PATH, bytes: first! + second! });

  expect(await archive.send({ path: PATH, bytes: first! })).toMatchObject({
    kind: "ok",
    result: { events_inserted: 0 },
  });
  expect(await archive.send({ path: PATH, bytes: second! })).toEqual({ kind: "diverged", generation: 1, through: 0 });
  expect(await archive.send({ path: PATH, offset: 1e6, bytes: "x" })).toEqual({
    kind: "gap",
    through: first!.length + second!.length,
  });
  await archive.send({ path: PATH, generation: 1, bytes: second! });
  expect(await archive.send({ path: PATH, bytes: second! })).toEqual({
    kind: "diverged",
    generation: 1,
    through: second!.length,
  });
  archive.close();
});

test("an unfinished last line that is a whole record is shown, and confirmed when it ends", async () => {
  const archive = openArchive();
  const [first, second] = talk(0, 2);
  await archive.send({ path: PATH, bytes: `${first}\n${second}` });
  await archive.derived();
  expect(events(archive).map((row) => row.flags)).toEqual([0, 8]);

  const end = first!.length + 1 + second!.length;
  await archive.send({ path: PATH, offset: end, bytes: "\n" });
  await archive.derived();

  expect(events(archive).map((row) => row.flags)).toEqual([0, 0]);
  expect(session(archive)).toMatchObject({ user_messages: 1, assistant_messages: 1, events: 2 });
  archive.close();
});

test("a shown last line that goes on after all stays one event", async () => {
  const archive = openArchive();
  const keyless = '{"type":"user","message":{"role":"user","content":"one"}}';
  const start = `${talk(0, 1)[0]}\n`;
  await archive.send({ path: PATH, bytes: start + keyless });
  await archive.derived();
  expect(session(archive)).toMatchObject({ user_messages: 2 });

  const more = ` not json\n${reply(5, "after")}\n`;
  await archive.send({ path: PATH, offset: start.length + keyless.length, bytes: more });
  await archive.derived();

  expect(events(archive).map((row) => [row.kind, row.flags])).toEqual([
    [0, 0],
    [0, 0],
    [1, 0],
  ]);
  expect(session(archive)).toMatchObject({ user_messages: 2, assistant_messages: 1 });
  archive.close();
});

test("the same bytes at another path are a replica, and longer ones take over", async () => {
  const archive = openArchive();
  const lines = talk(0, 6).map((line) => `${line}\n`);
  const moved = PATH.replace("-w", "-moved");
  await archive.send({ path: PATH, bytes: lines.slice(0, 3).join("") });
  await archive.send({ path: moved, bytes: lines.slice(0, 2).join("") });
  expect(roles(archive)).toEqual(["main", "replica"]);

  const more = lines.slice(2).join("");
  await archive.send({ path: moved, offset: lines.slice(0, 2).join("").length, bytes: more });
  await archive.derived();

  expect(roles(archive)).toEqual(["replica", "main"]);
  expect(session(archive)).toMatchObject({ user_messages: 3, assistant_messages: 3, events: 6 });
  expect(archive.db.query("SELECT count(*) AS n FROM sessions").get()).toEqual({ n: 1 });
  archive.close();
});

test("another device's other history is a fork, one device's is merged", async () => {
  const archive = openArchive();
  const [a, b] = [talk(0, 4), [...talk(0, 2), ...talk(30, 32)]];
  const shared = a.slice(0, 2);
  await archive.send({ path: PATH, bytes: `${a.join("\n")}\n` });
  await archive.send({ path: PATH, device: "desktop", bytes: `${[...shared, ...b.slice(2)].join("\n")}\n` });
  await archive.send({ path: PATH.replace("-w", "-x"), bytes: `${[...shared, ...talk(40, 42)].join("\n")}\n` });
  await archive.derived();

  const rows = archive.db.query<Row, []>("SELECT uuid, variant, fork_uuid, events FROM sessions ORDER BY id").all();
  expect(rows.map((row) => [row.variant, row.events])).toEqual([
    ["", 6],
    ["desktop", 4],
  ]);
  expect(rows[1]!.fork_uuid).toBe(rows[0]!.uuid);
  archive.close();
});

const roles = (archive: TestArchive) =>
  archive.db
    .query<{ role: string }, []>("SELECT role FROM sources ORDER BY id")
    .all()
    .map((row) => row.role);

test("what was archived but not derived is derived at the next start", async () => {
  const archive = openArchive();
  await archive.send({ path: PATH, bytes: `${talk(0, 8).join("\n")}\n` });
  await archive.derived();
  const before = events(archive);
  archive.close();
  const { Database } = await import("bun:sqlite");
  const db = new Database(archive.path);
  db.run(
    "DELETE FROM events; DELETE FROM usage; DELETE FROM usage_owners; UPDATE archive SET usage_through = 0; UPDATE sources SET derived_through = 0, state = NULL",
  );
  db.run(
    "UPDATE sessions SET events = 0, next_position = 0, user_messages = 0, assistant_messages = 0, cost_usd = NULL",
  );
  db.close();

  const again = openArchive(archive.path.replace(/\/[^/]*$/, ""));
  await again.derived();

  expect(events(again)).toEqual(before);
  expect(session(again)).toMatchObject({ user_messages: 4, assistant_messages: 4 });
  again.close();
});

test("the JSON form stores each event once, however often it is sent", async () => {
  const archive = openArchive();
  const line = (n: number) => `${JSON.stringify({ role: "user", timestamp: stamp(), content_text: `hi ${n}` })}\n`;
  const [one, two] = [line(1), line(2)];
  const form = { path: "event:abc", provider: "claude", lines: true as const };

  await archive.send({ ...form, bytes: one });
  await archive.send({ ...form, bytes: one + two });
  await archive.derived();

  expect(session(archive)).toMatchObject({ psid: "abc", user_messages: 2 });
  archive.close();
});

test("blocks are shared by equal bytes", async () => {
  const archive = openArchive();
  const body = `${prompt(0, "x".repeat(600_000))}\n`;
  await archive.send({ path: PATH, bytes: body });
  const count = () => archive.db.query<{ n: number }, []>("SELECT count(*) AS n FROM blocks").get()!.n;
  const before = count();

  await archive.send({ path: PATH, device: "other", bytes: body });
  await archive.derived();

  expect(count()).toBe(before);
  archive.close();
});

test("a call recorded in two sessions is charged to one", async () => {
  const archive = openArchive();
  const lines = `${talk(0, 4).join("\n")}\n`;
  const other = PATH.replaceAll("0001", "0002");
  await archive.send({ path: PATH, bytes: lines });
  await archive.send({ path: other, bytes: lines.replaceAll(SESSION, SESSION.replaceAll("0001", "0002")) });
  await archive.derived();

  const rows = archive.db.query<Row, []>("SELECT input, output, assistant_messages FROM sessions ORDER BY id").all();
  expect(rows).toEqual([
    { input: 20, output: 4, assistant_messages: 2 },
    { input: 0, output: 0, assistant_messages: 2 },
  ]);
  archive.close();
});
