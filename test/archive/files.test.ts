/** Files that are rewritten whole: each rewrite a generation, the newest whole one shown. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readRange } from "../../src/store/bytes.ts";
import { eventPage } from "../../src/store/events.ts";
import { findEvents } from "../../src/store/event-find.ts";
import { mainSource } from "../../src/store/source-rows.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

const SESSION = "f7000000-0000-4000-8000-000000000001";
const PATH = "/home/u/.gemini/tmp/p/chats/session-2026-01-02T10-00-f7000000.json";

type Message = Readonly<Record<string, unknown>>;

const at = (n: number) => new Date(Date.parse("2026-01-02T10:00:00Z") + n * 1000).toISOString();
const asked = (n: number, content = `question ${n}`): Message => ({
  id: `u${n}`,
  timestamp: at(n),
  type: "user",
  content,
});
const answered = (n: number, content = `answer ${n}`): Message => ({
  id: `g${n}`,
  timestamp: at(n),
  type: "gemini",
  content,
  model: "gemini-2.5-pro",
  tokens: { input: 10, output: n, cached: 2, thoughts: 1, tool: 0, total: 13 + n },
});
const file = (...messages: readonly Message[]) =>
  JSON.stringify(
    { sessionId: SESSION, projectHash: "ab", startTime: at(0), lastUpdated: at(messages.length), messages },
    null,
    2,
  );

/** A history as a session writes it: it grows, one message changes, one goes, one read is torn. */
const HISTORY: readonly string[] = [
  file(asked(1)),
  file(asked(1), answered(2, "…")),
  file(asked(1), answered(2), asked(3)),
  file(asked(1), answered(2), asked(3), answered(4)).slice(0, 300),
  file(asked(1), answered(2), asked(5), answered(6)),
  file(asked(1), answered(2), asked(5), answered(6, "the end")),
];

type Sent = { readonly path?: string; readonly device?: string; readonly cut?: number };

async function send(archive: TestArchive, generation: number, text: string, { path = PATH, device, cut }: Sent = {}) {
  const bytes = new TextEncoder().encode(text);
  const request = {
    provider: "gemini",
    path,
    generation,
    unit: "file" as const,
    size: bytes.length,
    ...(device && { device }),
  };
  const pieces = cut === undefined ? [0] : [0, Math.min(cut, bytes.length - 1)];
  for (const [n, from] of pieces.entries())
    await archive.send({ ...request, offset: from, bytes: bytes.slice(from, pieces[n + 1] ?? bytes.length) });
}

function view(archive: TestArchive) {
  const sessions = archive.db
    .query<{ id: number; psid: string; variant: string; title: string; events: number }, []>(
      "SELECT id, psid, variant, title, user_messages, assistant_messages, events, input, output, cost_usd FROM sessions ORDER BY psid, variant",
    )
    .all();
  return sessions.map(({ id, ...session }) => ({ ...session, shown: shown(archive, id) }));
}

function shown(archive: TestArchive, session: number) {
  const page = eventPage(archive.db, { session, from: { kind: "start" }, limit: 100, kinds: null, extent: "page" });
  return page.events.map((event) => [event.id, event.content_text, event.flags.join()]);
}

const texts = (archive: TestArchive) => view(archive)[0]!.shown.map(([, text, flags]) => (flags ? `(${text})` : text));

test("rewrites of a file are one session with the last content, and what went is marked", async () => {
  const archive = openArchive();
  for (const [n, text] of HISTORY.entries()) await send(archive, n, text);
  await archive.derived();

  expect(texts(archive)).toEqual(["question 1", "answer 2", "(question 3)", "question 5", "the end"]);
  expect(view(archive)).toMatchObject([{ psid: SESSION, user_messages: 2, assistant_messages: 2, output: 10 }]);
  for (const [n, text] of HISTORY.entries())
    expect(Buffer.from(readRange(archive.db, n + 1, 0, 1e6)).toString()).toBe(text);
  expect(mainSource(archive.db, 1)?.id).toBe(HISTORY.length);
  archive.close();
});

test("in any order, in any pieces and with repeats, rewrites give the same session", async () => {
  const whole = openArchive();
  for (const [n, text] of HISTORY.entries()) await send(whole, n, text);
  await whole.derived();
  const expected = view(whole);
  whole.close();
  const all = HISTORY.map((_, n) => n);

  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(all, { minLength: all.length }),
      fc.array(fc.nat(900), { minLength: 3, maxLength: 3 }),
      fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      async (order, cuts, waits) => {
        const archive = openArchive();
        for (const [i, n] of order.entries()) {
          await send(archive, n, HISTORY[n]!, { cut: cuts[i % 3]! });
          if (waits[i % 3]) await archive.derived();
        }
        for (const n of order.slice(0, 2)) await send(archive, n, HISTORY[n]!);
        await archive.derived();

        expect(view(archive)).toEqual(expected);
        archive.close();
      },
    ),
    { numRuns: 25 },
  );
}, 30_000);

test("a file that was only ever read torn, or is empty, gives no events and no fault", async () => {
  const archive = openArchive();
  await send(archive, 0, HISTORY[3]!);
  await send(archive, 1, "{");
  await archive.derived();

  expect(view(archive).flatMap((session) => session.shown)).toEqual([]);
  await send(archive, 2, HISTORY[5]!);
  await archive.derived();
  expect(texts(archive)).toEqual(["question 1", "answer 2", "question 5", "the end"]);
  archive.close();
});

test("a value nested too deeply, and values that are none, cost neither the file nor the archive", async () => {
  const archive = openArchive();
  const deep = `{"id":"x","type":"info","content":${"[".repeat(60_000)}${"]".repeat(60_000)}}`;
  const text = file(asked(1), answered(2)).replace('"messages": [', `"messages": [${deep}, null, 7, "text", [], {},`);
  await send(archive, 0, text);
  await send(archive, 1, "7");
  await send(archive, 2, "[[]]");
  await archive.derived();

  expect(archive.faults).toEqual([]);
  expect(texts(archive)).toEqual(expect.arrayContaining(["question 1", "answer 2"]));
  archive.close();
});

test("everything derived again, at a start in between too, is as it was", async () => {
  const archive = openArchive();
  for (const [n, text] of HISTORY.entries()) await send(archive, n, text);
  await archive.derived();
  const before = view(archive);

  await archive.run("reindexAll", null);
  await archive.derived();

  expect(view(archive)).toEqual(before);
  archive.close();
});

test("an archive closed while it derives rewrites goes on at the next start", async () => {
  const many = (n: number) => file(...Array.from({ length: n }, (_, i) => (i % 2 ? answered(i) : asked(i))));
  const views: unknown[] = [];
  for (const closing of [false, true]) {
    const first = openArchive();
    for (const [generation, n] of [3000, 4000].entries()) await send(first, generation, many(n));
    if (!closing) await first.derived();
    else await Bun.sleep(20);
    first.close();
    const again = openArchive(first.path.replace(/[^/]+$/, ""));
    await again.derived();
    views.push(view(again), again.db.query("SELECT eid, position, source FROM events ORDER BY position").all());
    again.close();
  }

  expect(views.slice(2)).toEqual(views.slice(0, 2));
}, 30_000);

test("a rewrite that changes one message writes one event anew", async () => {
  const archive = openArchive();
  await send(archive, 0, HISTORY[4]!);
  await archive.derived();
  const before = archive.db.query<{ n: number }, []>("SELECT max(id) AS n FROM changes").get()!.n;

  await send(archive, 1, HISTORY[5]!);
  await archive.derived();

  const changes = archive.db
    .query<{ kind: string; position: number }, [number]>("SELECT kind, position FROM changes WHERE id > ?")
    .all(before);
  expect(changes).toEqual([{ kind: "events", position: 3 }]);
  archive.close();
});

test("records without keys of their own, equal ones among them, are the same events in every rewrite", async () => {
  const id = "0196f000-0000-4000-8000-000000000001";
  const path = `/home/u/.codex/sessions/rollout-2025-05-07-${id}.json`;
  const said = (role: string, text: string) => ({
    type: "message",
    role,
    content: [{ type: role === "user" ? "input_text" : "output_text", text }],
  });
  const items = [
    said("user", "go on"),
    said("assistant", "yes"),
    said("user", "go on"),
    said("assistant", "yes"),
    said("user", "stop"),
  ];
  const rewrite = (n: number) =>
    JSON.stringify({ session: { timestamp: at(0), id, instructions: "" }, items: items.slice(0, n) }, null, 2);
  const views: unknown[] = [];
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
  ]) {
    const archive = openArchive();
    for (const generation of order) {
      const bytes = new TextEncoder().encode(rewrite(generation * 2 + 1));
      await archive.send({ provider: "codex", path, generation, unit: "file", size: bytes.length, bytes });
      await archive.derived();
    }
    expect(texts(archive)).toEqual(["go on", "yes", "go on", "yes", "stop"]);
    views.push(view(archive));
    archive.close();
  }

  expect(views[1]).toEqual(views[0]);
  expect(views[2]).toEqual(views[0]);
});

test("text is found in the events of a file", async () => {
  const archive = openArchive();
  for (const [n, text] of HISTORY.entries()) await send(archive, n, text);
  await archive.derived();

  const found = findEvents(archive.db, { session: 1, text: "THE END", after: -1, limit: 10 });

  expect(found.ids).toEqual([view(archive)[0]!.shown.at(-1)![0]!]);
  archive.close();
});

test("two files of one session, as a resumed one writes them, are one in any order", async () => {
  const later = PATH.replace("10-00", "10-07");
  const sent: readonly [generation: number, text: string, path: string][] = [
    [0, HISTORY[0]!, PATH],
    [1, HISTORY[2]!, PATH],
    [0, file(asked(1), answered(2, "said again")), later],
    [1, file(asked(1), answered(2, "said again"), asked(8)), later],
  ];
  const views: unknown[] = [];
  for (const order of [sent, sent.toReversed(), [sent[2]!, sent[1]!, sent[3]!, sent[0]!]]) {
    const archive = openArchive();
    for (const [generation, text, path] of order) {
      await send(archive, generation, text, { path });
      await archive.derived();
    }
    expect(texts(archive)).toEqual(["question 1", "said again", "question 3", "question 8"]);
    views.push(view(archive));
    archive.close();
  }

  expect(views[1]).toEqual(views[0]);
  expect(views[2]).toEqual(views[0]);
});

test("a home that another device syncs is one session, whichever is first; what goes another way is its fork", async () => {
  const synced = [HISTORY[0]!, HISTORY[2]!];
  const other = file(asked(1), answered(2), asked(9, "elsewhere"));
  for (const first of ["laptop", "desktop"]) {
    const archive = openArchive();
    const devices = first === "laptop" ? ["laptop", "desktop"] : ["desktop", "laptop"];
    for (const device of devices) {
      const own = device === "laptop" ? [HISTORY[0]!, HISTORY[1]!, HISTORY[2]!] : synced;
      for (const [n, text] of own.entries()) await send(archive, n, text, { device });
    }
    await archive.derived();
    expect(view(archive)).toHaveLength(1);
    expect(texts(archive)).toEqual(["question 1", "answer 2", "question 3"]);

    await send(archive, 9, file(asked(1), answered(2), asked(3), answered(4)), { device: "desktop" });
    await archive.derived();
    expect(view(archive)).toHaveLength(1);
    expect(texts(archive)).toEqual(["question 1", "answer 2", "question 3", "answer 4"]);

    await send(archive, 9, other, { device: "laptop" });
    await archive.derived();
    expect(view(archive).map(({ variant }) => variant)).toEqual(["", "laptop"]);
    expect(texts(archive)).toEqual(["question 1", "answer 2", "question 3", "answer 4"]);
    archive.close();
  }
});

test("a log that goes on from a file is the same session, and its version of a message is shown in any order", async () => {
  const log = `${[
    { sessionId: SESSION, projectHash: "ab", startTime: at(0), kind: "main" },
    asked(1),
    answered(2, "in the log"),
    asked(7),
  ]
    .map((value) => JSON.stringify(value))
    .join("\n")}\n`;
  const views: unknown[] = [];
  for (const first of ["log", "file"]) {
    const archive = openArchive();
    const sendLog = () => archive.send({ provider: "gemini", path: `${PATH}l`, bytes: log });
    if (first === "log") await sendLog();
    for (const n of [0, 2, 5]) await send(archive, n, HISTORY[n]!);
    if (first === "file") await sendLog();
    await archive.derived();
    const [session, ...others] = view(archive);
    expect(others).toEqual([]);
    views.push(session);
    expect(session!.shown.map(([, text]) => text)).toContain("in the log");
    archive.close();
  }

  expect(views[0]).toEqual(views[1]);
});
