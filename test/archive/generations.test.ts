/** What many rewrites of one file cost, and that each is still there byte for byte. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readBytes, readRange } from "../../src/store/bytes.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

const PATH = "/home/u/.gemini/tmp/p/chats/session-2026-01-02T10-00-f7000000.json";
const REAL = process.env.LONGHOUSE_CORPUS && join(process.env.LONGHOUSE_CORPUS, "gemini/rewrite-f7633853");

const at = (n: number) => new Date(Date.parse("2026-01-02T10:00:00Z") + n * 1000).toISOString();
const words = (seed: number) => Array.from({ length: 60 }, (_, n) => Bun.hash(`${seed} ${n}`).toString(36)).join(" ");

/** The session after `n` messages. */
const rewrite = (n: number, length = 1) =>
  JSON.stringify(
    {
      sessionId: "f7000000-0000-4000-8000-000000000001",
      startTime: at(0),
      lastUpdated: at(n),
      messages: Array.from({ length: n * length }, (_, i) => ({
        id: `m${i}`,
        timestamp: at(i),
        type: i % 2 ? "gemini" : "user",
        content: words(i),
      })),
    },
    null,
    2,
  );

const send = (archive: TestArchive, generation: number, bytes: Uint8Array) =>
  archive.send({ provider: "gemini", path: PATH, generation, unit: "file", size: bytes.length, bytes });

/** Bytes that all generations take in the database. */
function stored(archive: TestArchive): number {
  const sum = (sql: string) => archive.db.query<{ n: number | null }, []>(`SELECT sum(${sql}`).get()!.n ?? 0;
  return (
    sum("length(z)) AS n FROM blocks") + sum("length(z)) AS n FROM deltas") + sum("length(bytes)) AS n FROM tails")
  );
}

async function cost(rewrites: readonly Uint8Array[]) {
  const archive = openArchive();
  for (const [n, bytes] of rewrites.entries()) {
    await send(archive, n, bytes);
    await archive.derived();
  }
  const bytes = stored(archive);
  for (const [n, text] of rewrites.entries()) expect(isHeld(archive, n, text)).toBe(true);
  archive.close();
  return { bytes, times: bytes / rewrites.at(-1)!.length };
}

function idOf(archive: TestArchive, generation: number): number {
  return archive.db.query<{ id: number }, [number]>("SELECT id FROM sources WHERE generation = ?").get(generation)!.id;
}

function isHeld(archive: TestArchive, generation: number, text: Uint8Array): boolean {
  const id = idOf(archive, generation);
  const [from, to] = [Math.floor(text.length / 3), Math.floor(text.length / 2)];
  const streamed = Buffer.concat([...readBytes(archive.db, id, 0, text.length)]);
  return (
    streamed.equals(Buffer.from(text)) &&
    Buffer.from(readRange(archive.db, id, 0, Number.MAX_SAFE_INTEGER)).equals(Buffer.from(text)) &&
    Buffer.from(readRange(archive.db, id, from, to)).equals(Buffer.from(text.subarray(from, to)))
  );
}

const encode = (text: string) => new Uint8Array(Buffer.from(text));

test("thirteen rewrites of a growing session cost less than twice its last version", async () => {
  const { times } = await cost(Array.from({ length: 13 }, (_, n) => encode(rewrite(n + 1))));

  expect(times).toBeLessThan(2);
});

test("forty rewrites of a session of a megabyte cost less than twice its last version", async () => {
  const { times } = await cost(Array.from({ length: 40 }, (_, n) => encode(rewrite(n + 1, 30))));

  expect(times).toBeLessThan(2);
}, 60_000);

test.skipIf(!REAL || !existsSync(REAL))(
  "real rewrites cost less than their last version (skipped: LONGHOUSE_CORPUS names none)",
  async () => {
    const names = readdirSync(REAL!).toSorted();
    const { bytes, times } = await cost(names.map((name) => new Uint8Array(readFileSync(join(REAL!, name)))));
    console.log(`${names.length} rewrites: ${bytes} bytes, ${times.toFixed(2)} x the last`);

    expect(times).toBeLessThan(1);
  },
);

test("in any order, torn ones among them, every generation is held byte for byte", async () => {
  const rewrites = Array.from({ length: 9 }, (_, n) =>
    encode(n % 4 === 2 ? rewrite(n + 1).slice(0, 500 * n) : rewrite(n + 1)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(
        rewrites.map((_, n) => n),
        { minLength: 2 },
      ),
      async (order) => {
        const archive = openArchive();
        for (const n of order) {
          await send(archive, n, rewrites[n]!);
          await archive.derived();
        }

        for (const n of order) expect(isHeld(archive, n, rewrites[n]!)).toBe(true);
        archive.close();
      },
    ),
    { numRuns: 20 },
  );
}, 30_000);

test("bytes that come late for an older generation are appended to it", async () => {
  const archive = openArchive();
  const whole = encode(rewrite(3));
  const torn = whole.subarray(0, 2000);
  await send(archive, 0, torn);
  await send(archive, 1, encode(rewrite(4)));
  await archive.derived();
  expect(archive.db.query("SELECT source FROM deltas").all()).toEqual([{ source: 1 }]);

  await archive.send({
    provider: "gemini",
    path: PATH,
    unit: "file",
    size: whole.length,
    offset: 2000,
    bytes: whole.slice(2000),
  });
  await archive.derived();

  expect(isHeld(archive, 0, whole)).toBe(true);
  expect(isHeld(archive, 1, encode(rewrite(4)))).toBe(true);
  archive.close();
});

test("of a deleted session no generation is left", async () => {
  const archive = openArchive();
  for (const n of [0, 1, 2]) await send(archive, n, encode(rewrite(n + 1)));
  await archive.derived();
  const { uuid } = archive.db.query<{ uuid: string }, []>("SELECT uuid FROM sessions").get()!;

  await archive.run("deleteSession", { id: uuid, copies: false });

  expect(stored(archive)).toBe(0);
  archive.close();
});

test("an undeleted session comes back from what its file is by then", async () => {
  const archive = openArchive();
  for (const n of [0, 1, 2]) await send(archive, n, encode(rewrite(n + 1)));
  await archive.derived();
  const { uuid } = archive.db.query<{ uuid: string }, []>("SELECT uuid FROM sessions").get()!;
  await archive.run("deleteSession", { id: uuid, copies: false });

  await archive.run("undeleteSession", { id: uuid });
  for (const [generation, n] of [
    [2, 9],
    [3, 10],
  ] as const) {
    await send(archive, generation, encode(rewrite(n)));
    await archive.derived();
    expect(isHeld(archive, generation, encode(rewrite(n)))).toBe(true);
  }

  const { events } = archive.db.query<{ events: number }, []>("SELECT events FROM sessions").get()!;
  expect(events).toBe(10);
  expect(isHeld(archive, 2, encode(rewrite(9)))).toBe(true);
  archive.close();
});
