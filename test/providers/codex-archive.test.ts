/** What the archive makes of Codex's families of files, whatever order they arrive in. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/domain/event.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

const HOME = "/home/kim/.codex";
const FIXTURES = join(import.meta.dir, "../fixtures/codex");
const MOTHER = "019cb80e-bea0-7000-8000-000000000002";
const FORK = "019cb814-3ce0-7000-8000-000000000003";

type File = readonly [path: string, bytes: string | Uint8Array];

const rollout = (id: string, folder = "sessions/2026/03/04") =>
  `${HOME}/${folder}/rollout-2026-03-04T09-00-00-${id}.jsonl`;
const fixture = (name: string) => readFileSync(join(FIXTURES, name), "utf8");

const record = (ms: number, type: string, payload: object) => ({
  timestamp: new Date(Date.UTC(2026, 2, 4, 9) + ms).toISOString(),
  type,
  payload,
});
const text = (records: readonly object[]) => records.map((one) => `${JSON.stringify(one)}\n`).join("");

function total(input: number, last: number) {
  const figures = (input_tokens: number) => ({
    input_tokens,
    cached_input_tokens: 0,
    output_tokens: input_tokens / 10,
  });
  return { type: "token_count", info: { total_token_usage: figures(input), last_token_usage: figures(last) } };
}

/** A turn of a prompt, its answer and its cost. `turn`: of the id, what it begins with. */
function turn(ms: number, said: string, { id, all, last }: { id: string; all: number; last: number }) {
  const prompt = { type: "message", role: "user", content: [{ type: "input_text", text: said }] };
  const answer = { type: "message", role: "assistant", content: [{ type: "output_text", text: `${said}!` }] };
  return [
    record(ms, "turn_context", { turn_id: id, cwd: "/home/kim/tea", model: "gpt-5.2-codex" }),
    record(ms + 1, "response_item", prompt),
    record(ms + 1, "event_msg", { type: "user_message", message: said }),
    record(ms + 2, "response_item", answer),
    record(ms + 2, "event_msg", { type: "agent_message", message: `${said}!` }),
    record(ms + 3, "event_msg", total(all, last)),
  ];
}

const header = { id: MOTHER, timestamp: "2026-03-04T08:55:00.000Z", cwd: "/home/kim/tea", source: "cli" };
const history = [
  record(-300_000, "session_meta", header),
  ...turn(-300_000, "Which teapot?", { id: "019cb80e-bea1-7000-8000-000000000001", all: 100, last: 100 }),
  ...turn(-200_000, "Which cup?", { id: "019cb810-4541-7000-8000-000000000002", all: 300, last: 200 }),
];
const mother = text([
  ...history,
  ...turn(90_000, "Pour it.", { id: "019cb814-b211-7000-8000-000000000005", all: 700, last: 400 }),
]);
const meta = { ...header, id: FORK, timestamp: "2026-03-04T09:01:00.000Z", forked_from_id: MOTHER };
const copied = history.map((one) => ({ ...one, timestamp: "2026-03-04T09:01:00.001Z" }));
const own = turn(60_010, "Which sugar?", { id: "019cb814-3cea-7000-8000-000000000006", all: 350, last: 50 });
const fork = text([record(60_000, "session_meta", meta), ...copied, ...own]);

async function archived(files: readonly File[]): Promise<TestArchive> {
  const archive = openArchive();
  for (const [path, bytes] of files) {
    await archive.send({ provider: "codex", path, bytes });
    await archive.derived();
  }
  expect(archive.faults).toEqual([]);
  return archive;
}

function sessions({ db }: TestArchive) {
  return db
    .query<Record<string, string | number | null>, []>(
      `SELECT psid, kind, title, user_messages AS prompts, assistant_messages AS replies, input, output FROM sessions
       ORDER BY psid`,
    )
    .all();
}

function* orders<T>(all: readonly T[]): Generator<readonly T[]> {
  if (all.length < 2) yield all;
  for (const [n, first] of all.entries()) for (const rest of orders(all.toSpliced(n, 1))) yield [first, ...rest];
}

test("a family gives the same sessions in every order: each prompt, answer and call counted where it was first", async () => {
  // Two frames: a packed log may be made of several.
  const zst = Buffer.concat([mother.slice(0, 900), mother.slice(900)].map((half) => Bun.zstdCompressSync(half)));
  const family: File[] = [
    [rollout(MOTHER), mother],
    [rollout(FORK), fork],
    [`${rollout(MOTHER, "archived_sessions")}.zst`, zst],
  ];
  for (const files of orders(family)) {
    const archive = await archived(files);
    expect(sessions(archive)).toEqual([
      { psid: MOTHER, kind: "main", title: "Which teapot?", prompts: 3, replies: 3, input: 700, output: 70 },
      { psid: FORK, kind: "main", title: "Which sugar?", prompts: 1, replies: 1, input: 50, output: 5 },
    ]);
    archive.close();
  }
}, 30_000);

test("copied events are there, marked", async () => {
  const archive = await archived([[rollout(FORK), fork]]);

  const flags = archive.db
    .query<{ copied: number }, [number]>("SELECT (flags & ?) != 0 AS copied FROM events ORDER BY session, position")
    .all(FLAG.replayed);
  expect(flags.map(({ copied: is }) => is)).toEqual([1, 1, 1, 1, 0, 0]);
  archive.close();
});

test("what was rolled back is marked, what follows is not, and reading a copy changes nothing", async () => {
  const back = fixture("rolled-back-twice.jsonl");
  const more = `${back}${JSON.stringify(record(70_000, "event_msg", { type: "user_message", message: "Six." }))}\n`;
  for (const files of [[back], [back, more], [more]]) {
    const archive = await archived(
      files.map((bytes, n) => [rollout(FORK, n ? "archived_sessions" : "sessions"), bytes]),
    );
    const taken = archive.db
      .query<{ position: number }, [number]>("SELECT position FROM events WHERE flags & ? != 0 ORDER BY position")
      .all(FLAG.abandoned);
    expect(taken.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
    archive.close();
  }
});

test("the index of names gives a title, whichever comes first; its last word wins, a prompt's does not", async () => {
  const index = `${HOME}/session_index.jsonl`;
  const name = (said: string) => `${JSON.stringify({ id: MOTHER, thread_name: said })}\n`;
  const files: File[] = [
    [rollout(MOTHER), mother],
    [index, name("Pots") + name("Pots and cups")],
  ];
  for (const order of orders(files)) {
    const archive = await archived(order);
    expect(sessions(archive)).toMatchObject([{ title: "Pots and cups", prompts: 3 }]);
    archive.close();
  }
});

test("a name that the session itself tells is rather its title than the index's", async () => {
  const named = mother + text([record(95_000, "event_msg", { type: "thread_name_updated", thread_name: "Pouring" })]);
  const index = `${JSON.stringify({ id: MOTHER, thread_name: "Pots" })}\n`;
  const archive = await archived([
    [rollout(MOTHER), named],
    [`${HOME}/session_index.jsonl`, index],
  ]);

  expect(sessions(archive)).toMatchObject([{ title: "Pouring" }]);
  archive.close();
});

test("an object of the first releases is one session, however often it was rewritten", async () => {
  const whole = fixture("whole-session.json");
  const began = JSON.parse(whole) as { items: object[] };
  began.items.length = 2;
  const path = `${HOME}/sessions/rollout-2025-05-07-5f000000-2222-4000-8000-000000000009.json`;
  const archive = await archived([]);
  for (const [generation, bytes] of [JSON.stringify(began, null, 2), whole].entries()) {
    await archive.send({ provider: "codex", path, bytes, unit: "file", size: Buffer.byteLength(bytes), generation });
    await archive.derived();
  }

  expect(sessions(archive)).toMatchObject([
    { psid: "5f000000-2222-4000-8000-000000000009", title: "list the teas", prompts: 1, replies: 1 },
  ]);
  archive.close();
});
