/** The writer's thread as main has it: begun anew when it rests after a long import. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { startSearch } from "../../src/archive/search.ts";
import type { Search } from "../../src/archive/search.ts";
import type { FindRequest } from "../../src/archive/search-protocol.ts";
import { startWriter } from "../../src/archive/writer.ts";
import { openForReading } from "../../src/store/open.ts";
import { sessionOf } from "../support/search-lab.ts";
import { tempDir } from "../support/temp.ts";

const Real = globalThis.Worker;
afterAll(() => void (globalThis.Worker = Real));

/** How many passages hold the word itself; until it is indexed, words that are spelled like it are found. */
async function found(search: Search, query: string): Promise<number> {
  const request = { query, filters: { include_subagents: false }, sort: "relevance", limit: 20, cursor: null };
  for (let tries = 0; tries < 1000; tries++) {
    const { sessions, tier } = await search.find({ ...request, passages: 1 } as FindRequest);
    if (sessions.length > 0 && tier !== "spelling") return sessions[0]!.match_count!;
    await Bun.sleep(5);
  }
  return 0;
}

test("what comes while the writer's thread is begun anew is archived in order, derived and found", async () => {
  let threads = 0;
  globalThis.Worker = class extends Real {
    constructor(url: string | URL) {
      super(url);
      if (String(url).includes("writer")) threads++;
    }
  };
  const dir = tempDir();
  const paths = { longhouse: join(dir, "longhouse.db"), search: join(dir, "search.db") };
  const quiet = { changed: () => {}, ingested: () => {} };
  const writer = await startWriter(
    paths.longhouse,
    { ...quiet, trouble: (said) => expect.unreachable(said), failed: ({ message }) => expect.unreachable(message) },
    1,
  );
  const archive = openForReading(paths.longhouse);
  const search = await startSearch(paths, archive);
  writer.connectIndexer(search.indexerPort);
  const { path, write } = sessionOf(1, []);
  const common = { device: "laptop", provider: "claude", path, generation: 0, unit: "lines" as const, hint: {} };
  let offset = 0;
  let sent = 0;
  const append = () => {
    const bytes = new TextEncoder().encode(`${write.prompt(`word${sent++} of many`)}\n`);
    const request = { ...common, offset, bytes: bytes.buffer };
    offset += bytes.length;
    return writer.ingest(request);
  };

  await append();
  // It rests 2 s after the last bytes: nothing is sent until then, and from then on without a pause.
  for (const patience = Date.now() + 20_000; threads < 2 && Date.now() < patience;) await Bun.sleep(1);
  const replies = await Promise.all(Array.from({ length: 50 }, append));

  expect(threads).toBe(2);
  expect(replies.map(({ kind }) => kind)).toEqual(Array.from({ length: 50 }, () => "ok"));
  expect(await found(search, "word50")).toBe(1);
  await search.close();
  archive.close();
  await writer.close();
}, 60_000);
