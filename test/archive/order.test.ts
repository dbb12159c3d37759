/** On one device the order in which files arrive, and the pieces they arrive in, change nothing. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import fc from "fast-check";
import { dirname } from "node:path";
import { eventId } from "../../src/lib/id.ts";
import { family } from "../support/family.ts";
import type { Kin } from "../support/family.ts";
import { fileOf, psid, talk } from "../support/fill.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";
import { seeded } from "../support/random.ts";
import type { Random } from "../support/random.ts";

type Row = Record<string, unknown>;

const SESSIONS = `id, uuid, provider, psid, agent, variant, kind, parent_uuid, fork_uuid, project, cwd, git_repo, git_branch,
  environment, title, started_at, last_event_at, active_at, open, current, user_messages, assistant_messages, tool_calls,
  errors, has_changes, has_image, models, input, output, cache_read, cache_write, reasoning, cost_usd, events,
  next_position`;

/** All that is derived, by what it is: row numbers are as files came, and are left out. */
function told({ db }: TestArchive): Row {
  const sessions = db.query<Row & { id: number; uuid: string }, []>(`SELECT ${SESSIONS} FROM sessions`).all();
  const events = db.query<Row & { hi: number; lo: number }, [number]>(
    `SELECT eid >> 30 AS hi, eid & 0x3fffffff AS lo, position, kind, flags, at,
     (SELECT name FROM names WHERE id = tool) AS tool, (SELECT name FROM names WHERE id = model) AS model
     FROM events WHERE session = ? ORDER BY position`,
  );
  const calls = db.query<Row, [number]>(
    `SELECT key, at, input, output, cache_read, cache_write, reasoning, (SELECT name FROM names WHERE id = model) AS model
     FROM usage WHERE session = ? ORDER BY key`,
  );
  return Object.fromEntries(
    sessions
      .filter((session) => Number(session["events"]) > 0)
      .toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1))
      .map(({ id, ...session }) => {
        expectCharged(session, calls.all(id));
        const rows = events.all(id).map(({ hi, lo, ...event }) => ({ id: eventId({ hi, lo }), ...event }));
        return [`${String(session["psid"])} ${String(session["agent"])}`, { ...session, rows, calls: calls.all(id) }];
      }),
  );
}

/** What a session's row says was spent is what its calls add up to. */
function expectCharged(session: Row, calls: readonly Row[]) {
  for (const figure of ["input", "output", "cache_read", "cache_write", "reasoning"])
    expect(session[figure]).toBe(calls.reduce((sum, call) => sum + Number(call[figure]), 0));
}

type Piece = { readonly kin: Kin; readonly offset: number; readonly bytes: Uint8Array };

/** Every file cut anywhere; the pieces of each in their order, those of all in any. */
function pieces(files: readonly Kin[], random: Random): Piece[] {
  const queues = files.map((kin) => {
    const bytes = new TextEncoder().encode(kin.bytes);
    const cuts = Array.from({ length: random.int(0, 3) }, () => random.int(1, bytes.length - 1));
    const ends = [...new Set(cuts), bytes.length].toSorted((a, b) => a - b);
    return ends.map((end, n) => ({ kin, offset: ends[n - 1] ?? 0, bytes: bytes.slice(ends[n - 1] ?? 0, end) }));
  });
  const whole = random.next() < 0.3;
  const all: Piece[] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const queue = random.pick(queues.filter((one) => one.length > 0));
    all.push(...queue.splice(0, whole ? queue.length : 1));
  }
  return all;
}

async function archived(files: readonly Kin[], random: Random | null): Promise<Row> {
  let archive = openArchive();
  const whole = () => files.map((kin) => ({ kin, offset: 0, bytes: new TextEncoder().encode(kin.bytes) }));
  for (const { kin, offset, bytes } of random ? pieces(files, random) : whole()) {
    const { provider, path, unit = "lines", generation = 0 } = kin;
    const size = unit === "file" ? Buffer.byteLength(kin.bytes) : undefined;
    await archive.send({ provider, path, unit, generation, offset, bytes, ...(size !== undefined && { size }) });
    if (random && random.next() < 0.2) await archive.derived();
    if (random && random.next() < 0.04) {
      archive.close();
      archive = openArchive(dirname(archive.path));
    }
  }
  await archive.derived();
  expect(archive.faults).toEqual([]);
  const row = told(archive);
  archive.close();
  return row;
}

const SEED = Number(process.env["ORDER_SEED"] ?? 20261121);
const RUNS = Number(process.env["ORDER_RUNS"] ?? 200);

test(`a family of files gives the same sessions, events, counts and usage in ${RUNS} orders and splits (seed ${SEED})`, async () => {
  const files = family();
  const expected = await archived(files, null);
  const titles = Object.values(expected).map((session) => (session as Row)["title"]);
  expect(titles).toContain("Mend what is broken");
  expect(titles).toContain("What the index calls it");
  expect(titles).toContain("Explore: Who did it");

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 - 1 }), async (seed) =>
      expect(await archived(files, seeded(seed))).toEqual(expected),
    ),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
}, 240_000);

test("a session of two files is derived anew when the older history goes on, not when the newer does", async () => {
  const archive = openArchive();
  const [older, newer] = family();
  const revision = () => archive.db.query<{ revision: number }, []>("SELECT revision FROM sessions").get()!.revision;
  const append = async ({ path, bytes }: Kin, offset: number, hours: number) => {
    const line = talk(1, { id: `later-${hours}`, at: Date.parse("2026-01-02T00:00:00Z") + hours * 3_600_000 });
    await archive.send({ path, offset: Buffer.byteLength(bytes) + offset, bytes: line });
    await archive.derived();
    return Buffer.byteLength(line);
  };
  for (const { path, bytes } of [older!, newer!]) await archive.send({ path, bytes });
  await archive.derived();

  const settled = revision();
  const more = await append(newer!, 0, 1);
  await append(newer!, more, 2);
  const grown = revision();
  await append(older!, 0, 3);

  expect([grown, revision()]).toEqual([settled, settled + 1]);
  archive.close();
});

test("what a session was charged is kept when it is derived anew in the same breath", async () => {
  const kin = family().filter(({ provider, path }) => provider === "gemini" && path.endsWith("0.json"));
  const archive = openArchive();
  // Each at a path of its own, the last first: so each has the session derived anew.
  const files = kin.map(({ bytes, path }, n) => ({ bytes, path: path.replace("kiln", `kiln-${n}`) })).toReversed();

  await Promise.all(
    files.map(({ path, bytes }) =>
      archive.send({ provider: "gemini", path, unit: "file", size: Buffer.byteLength(bytes), bytes }),
    ),
  );
  await archive.derived();

  expect(Object.values(told(archive))).toMatchObject([{ input: 189, events: 6 }]);
  archive.close();
});

type Sent = { readonly path: string; readonly offset?: number; readonly bytes: string };

/** What is derived when the archive is closed so many turns after the last bytes came, and opened again; null = not closed. */
async function closedAfter(turns: number | null, files: readonly Sent[]): Promise<Row> {
  let archive = openArchive();
  for (const file of files.slice(0, -1)) await archive.send(file);
  await archive.derived();
  if (turns !== null) {
    void archive.send(files.at(-1)!);
    for (let n = 0; n < turns; n++) await new Promise((resolve) => setImmediate(resolve));
    archive.close();
    archive = openArchive(dirname(archive.path));
  }
  await archive.send(files.at(-1)!);
  await archive.derived();
  const row = told(archive);
  archive.close();
  return row;
}

const TURNS = Array.from({ length: 16 }, (_, n) => n);

test("closed at any turn while a session is put in order, the archive puts it in order at the next start", async () => {
  const files = family().slice(0, 2);
  const expected = await closedAfter(null, files);

  for (const turns of TURNS) expect({ turns, row: await closedAfter(turns, files) }).toEqual({ turns, row: expected });
});

test("closed at any turn after a branch names its origin, the archive charges the origin at the next start", async () => {
  const [origin, branch] = [psid(9), psid(2)];
  const speak = (id: string) =>
    talk(2, { id, at: Date.parse("2026-01-01T10:00:00Z") }).replaceAll(`-${id}-`, `-${psid(1)}-`);
  const named = talk(1, { id: branch, at: Date.parse("2026-01-01T12:00:00Z") });
  const from = `"forkedFrom":{"sessionId":"${origin}","messageUuid":"x"},"type":`;
  const files = [
    { path: fileOf(branch), bytes: speak(branch) },
    { path: fileOf(origin), bytes: speak(origin) },
    {
      path: fileOf(branch),
      offset: Buffer.byteLength(speak(branch)),
      bytes: named.replaceAll('"type":"user"', `${from}"user"`),
    },
  ];
  const expected = await closedAfter(null, files);
  expect(expected).toMatchObject({ [`${origin} `]: { input: 20, output: 6 } });

  for (const turns of TURNS) expect({ turns, row: await closedAfter(turns, files) }).toEqual({ turns, row: expected });
});

test("a session that an older server left in the wrong order is put in order by a reindex", async () => {
  const files = family().slice(0, 2);
  let archive = openArchive();
  for (const { path, bytes } of files) await archive.send({ path, bytes });
  await archive.derived();
  const right = told(archive);
  archive.close();
  // As it was left: called settled, and nothing of it derived.
  const db = new Database(archive.path);
  db.run("DELETE FROM events");
  db.run("UPDATE sources SET derived_through = 0, state = NULL");
  db.run("UPDATE sessions SET next_position = 0, events = 0");
  db.close();
  archive = openArchive(dirname(archive.path));
  await archive.derived();
  const left = told(archive);

  await archive.run("reindexAll", null);
  await archive.derived();

  expect(left).not.toEqual(right);
  expect(told(archive)).toEqual(right);
  archive.close();
});
