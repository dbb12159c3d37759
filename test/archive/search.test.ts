/** Search as main has it: the writer, the indexer and the queries each in their own thread. */
import type { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { startSearch } from "../../src/archive/search.ts";
import type { FindRequest } from "../../src/archive/search-protocol.ts";
import type { Search } from "../../src/archive/search.ts";
import { startWriter } from "../../src/archive/writer.ts";
import type { Writer } from "../../src/archive/writer.ts";
import { openForReading } from "../../src/store/open.ts";
import { sessionOf } from "../support/search-lab.ts";
import { tempDir } from "../support/temp.ts";

let writer: Writer;
let search: Search;
let archive: Database;
let through = 0;
const { path, write } = sessionOf(1, []);

beforeAll(async () => {
  const dir = tempDir();
  const paths = { longhouse: join(dir, "longhouse.db"), search: join(dir, "search.db") };
  writer = await startWriter(paths.longhouse, {
    changed: () => {},
    ingested: () => {},
    trouble: (message) => expect.unreachable(message),
    failed: (fault) => expect.unreachable(fault.message),
  });
  archive = openForReading(paths.longhouse);
  search = await startSearch(paths, archive);
  writer.connectIndexer(search.indexerPort);
  await append(`${write.prompt("the very first words")}\n`);
});
afterAll(async () => {
  await search.close();
  archive.close();
  await writer.close();
});

async function append(text: string) {
  const bytes = new TextEncoder().encode(text);
  const request = {
    device: "laptop",
    provider: "claude",
    path,
    generation: 0,
    offset: through,
    unit: "lines" as const,
    hint: {},
  };
  through += bytes.length;
  await writer.ingest({ ...request, bytes: bytes.buffer });
}

const request = (query: string): FindRequest => ({
  query,
  filters: { include_subagents: false },
  sort: "relevance",
  limit: 20,
  cursor: null,
  passages: 1,
});

async function found(query: string): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    const { sessions } = await search.find(request(query));
    if (sessions.length > 0) return sessions[0]!.match_count!;
    await Bun.sleep(2);
  }
  return 0;
}

test("a line is found soon after it was acknowledged", async () => {
  await append(`${write.reply("an answer with brontosaurus")}\n`);

  expect(await found("brontosaurus")).toBe(1);
});

test("once nothing is said to be behind, what was acknowledged is found", async () => {
  for (let n = 0; n < 100; n++) {
    await append(`${write.prompt(`sauropod${n}`)}\n`);
    while (search.status().behind > 0) await Bun.sleep(0);

    expect([n, (await search.find(request(`sauropod${n}`))).sessions.length]).toEqual([n, 1]);
  }
});

test("the answer says how long it took, and of how many bytes the index is", async () => {
  await found("first");

  const list = await search.find(request("first"));

  expect(list.took_ms).toBeGreaterThan(0);
  expect(list.took_ms).toBeLessThan(1000);
  expect(search.status().bytes).toBeGreaterThan(0);
});

test("a search nobody waits for any more is given up, and the next one is answered", async () => {
  const stops = Array.from({ length: 20 }, () => new AbortController());
  const given = stops.map((stop) =>
    search.find(request("words"), stop.signal).then(
      () => "answered",
      (reason: Error) => reason.name,
    ),
  );
  stops.forEach((stop) => stop.abort());

  const last = await search.find(request("words"));

  expect(last.sessions).toHaveLength(1);
  expect(new Set(await Promise.all(given))).toEqual(new Set(["AbortError"]));
  const stopped = AbortSignal.abort();
  expect(search.find(request("words"), stopped)).rejects.toThrow();
});

test("facets count the sessions that a search finds, and other searches come between their walks", async () => {
  await found("first");
  const filters = { include_subagents: false };
  const [facets, list] = await Promise.all([
    search.facets({ query: "first OR absentword", filters }),
    search.find(request("first")),
  ]);

  expect(facets).toMatchObject({
    providers: [{ value: "claude", count: 1 }],
    projects: [{ value: "w", count: 1 }],
    devices: [{ value: "laptop", count: 1 }],
    months: [{ value: "2026-01", count: 1 }],
    tags: [],
    partial: false,
  });
  expect(list.sessions).toHaveLength(1);
  expect((await search.facets({ query: "absentword", filters })).providers).toEqual([]);
  expect((await search.facets({ query: "agent:claude", filters })).providers).toEqual([{ value: "claude", count: 1 }]);
});

test("who waits for the best of all time waits for nobody who types, nor they for him; the second thread comes again", async () => {
  const patient = { ...request("words"), patience: 500 };
  const answers = await Promise.all([
    search.find(patient),
    ...Array.from({ length: 10 }, () => search.find(request("words"))),
    search.find(patient),
  ]);
  const stop = new AbortController();
  const given = search.find(patient, stop.signal);
  stop.abort();

  expect(answers.map(({ sessions, cut }) => [sessions.length, cut])).toEqual(answers.map(() => [1, false]));
  expect(given).rejects.toMatchObject({ name: "AbortError" });
  expect((await search.find(patient)).sessions).toHaveLength(1);
});

test("a bad cursor is refused with what is wrong, and the search goes on", async () => {
  const bad = search.find({ ...request("words"), cursor: "?" });

  expect(bad).rejects.toMatchObject({ code: "invalid" });
  expect((await search.find(request("words"))).sessions).toHaveLength(1);
});

test("a reindex says when it is done, and everything is found once", async () => {
  await search.reindex();

  expect(await found("first")).toBe(1);
  expect(await found("brontosaurus")).toBe(1);
});
