/** Files that are posted in any pieces, with repeats and overlaps, are read as files posted whole. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { agentFiles, layAgents, providerOf } from "../support/agents.ts";
import { layHostile } from "../support/hostile-files.ts";
import { CORPUS, needing } from "../support/needs.ts";
import { seeded } from "../support/random.ts";
import type { Random } from "../support/random.ts";
import { archive, eventsOf, sessionsOf } from "../support/remote.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";

type File = { readonly path: string; readonly bytes: Buffer };

/** Session id → what is said of it. */
type Told = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Those that are appended to, without their home. */
const filesIn = (home: string): File[] =>
  agentFiles(home)
    .filter((path) => path.endsWith(".jsonl"))
    .map((path) => ({ path: path.slice(home.length), bytes: readFileSync(path) }));

/** What is said of all sessions, whoever asks: no time of ours, no row number. */
async function told(server: Server): Promise<Told> {
  await server.settled();
  const sessions = await sessionsOf(server);
  const all: Record<string, Record<string, unknown>> = {};
  for (const session of sessions) {
    const { id, title, project, cwd, started_at, last_event_at, user_messages, assistant_messages, tool_calls } =
      session;
    const { tokens, errors, models, kind } = session;
    const counts = { user_messages, assistant_messages, tool_calls, errors, tokens, models: models.toSorted(), kind };
    all[id] = { title, project, cwd, started_at, last_event_at, ...counts, events: await eventsOf(server, id) };
  }
  return all;
}

async function postedWhole(files: readonly File[]): Promise<Told> {
  const server = await startServer();
  for (const { path, bytes } of files) await archive(server, { provider: providerOf(path), path }, bytes);
  const all = await told(server);
  await server.stop();
  return all;
}

/** A length between 1 B and 200 kB: as often short as long. */
const lengthOf = (random: Random) => Math.min(200_000, Math.ceil(Math.exp(random.next() * Math.log(200_000))));

/** Posts one file. Some pieces reach back over what was sent, some are sent twice, some stop in what is there. */
async function postInPieces(server: Server, { path, bytes }: File, random: Random) {
  const provider = providerOf(path);
  let through = 0;
  if (bytes.length === 0) await archive(server, { provider, path }, bytes);
  while (through < bytes.length) {
    const back = random.next() < 0.3 ? Math.min(through, lengthOf(random)) : 0;
    const from = through - back;
    const to = Math.min(bytes.length, from + lengthOf(random));
    const piece = { provider, path, offset: from };
    const answer = await archive(server, piece, bytes.subarray(from, to));
    through = Math.max(through, to);
    expect([path, answer.through]).toEqual([path, through]);
    if (random.next() < 0.1) await archive(server, piece, bytes.subarray(from, to));
  }
}

/** One file after the other, or (`lanes`) several at a time in any order, so that their pieces mix. */
async function postAll(server: Server, files: readonly File[], { random, lanes }: { random: Random; lanes: number }) {
  const waiting = lanes > 1 ? random.shuffled(files) : [...files];
  const lane = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) await postInPieces(server, file, random);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function postedInPieces(files: readonly File[], seed: number, lanes = 1): Promise<Told> {
  const server = await startServer();
  await postAll(server, files, { random: seeded(seed), lanes });
  const all = await told(server);
  await server.stop();
  return all;
}

/** Fails with the first session that is told otherwise. */
function expectSame(got: Told, expected: Told) {
  expect(Object.keys(got).toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [id, session] of Object.entries(expected))
    if (!Bun.deepEquals(got[id], session)) expect({ id, ...got[id] }).toEqual({ id, ...session });
}

function layAll(): File[] {
  const home = tempDir("home");
  layAgents(home);
  layHostile(home);
  return filesIn(home);
}

test("fixtures and hostile files in random pieces give the same sessions and events", async () => {
  const files = layAll();
  const expected = await postedWhole(files);

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) =>
      expectSame(await postedInPieces(files, seed), expected),
    ),
    { numRuns: 4, seed: 20261121, endOnFailure: true },
  );
}, 60_000);

test("pieces of several files mixed with each other change nothing", async () => {
  const files = layAll();

  const [got, expected] = [await postedInPieces(files, 5, 4), await postedWhole(files)];

  expectSame(got, expected);
});

needing(CORPUS !== null, "LONGHOUSE_CORPUS names no real sessions")(
  "real sessions in random pieces give the same sessions and events",
  async () => {
    const home = tempDir("corpus");
    const script = join(import.meta.dir, "../bench/lay-home.ts");
    expect(Bun.spawnSync([process.execPath, script, CORPUS!, home]).exitCode).toBe(0);
    const files = filesIn(home);

    const [got, expected] = [await postedInPieces(files, 7), await postedWhole(files)];

    expectSame(got, expected);
  },
  120_000,
);
