/** Builds the App: opens the archive and its search, and ties the threads together. */
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import type { App } from "../app.ts";
import { createFeed, type Feed } from "../archive/feed.ts";
import { followPriceFile, watchPriceFile } from "../archive/price-file.ts";
import { type Search, startSearch } from "../archive/search.ts";
import { startSemantic, withSemantic } from "../archive/semantic.ts";
import type { SemanticSettings } from "../archive/semantic-protocol.ts";
import { MIB } from "../domain/limits.ts";
import { lowerCompilers } from "../lib/priority.ts";
import { giveBackProgramPages } from "../lib/program-pages.ts";
import { createPause, createSweep } from "../lib/sweep.ts";
import { startWriter, type Writer, type WriterEvents } from "../archive/writer.ts";
import type { Config } from "../config.ts";
import type { Fault } from "../domain/fault.ts";
import { COUNTERS } from "../http/metrics.ts";
import type { Log } from "../lib/log.ts";
import { createStats, type Stats } from "../lib/stats.ts";
import { openForReading } from "../store/open.ts";
import { keepDevice } from "./home.ts";

export type OpenApp = {
  readonly app: App;
  /** Closes all threads and files; the writer last, so that it can put the WAL away. */
  close(): Promise<void>;
};

/** Opens everything. Throws Fault; `failed` tells of one that comes later: the archive cannot go on. */
export async function openApp(config: Config, log: Log, failed: (fault: Fault) => void): Promise<OpenApp> {
  const stats = createStats(COUNTERS);
  const made: Made = { feed: null, db: null };
  const writer = await startWriter(config.database, writerEvents({ stats, log, made, failed }));
  try {
    return await openRest({ config, log, stats, writer, made, failed });
  } catch (error) {
    await writer.close();
    throw error;
  }
}

/** What the writer's events reach once it is there. */
type Made = { feed: Feed | null; db: Database | null };

type Parts = {
  readonly config: Config;
  readonly log: Log;
  readonly stats: Stats;
  readonly writer: Writer;
  readonly made: Made;
  failed(fault: Fault): void;
};

async function openRest({ config, log, stats, writer, made, failed }: Parts): Promise<OpenApp> {
  await followPriceFile(config.home, writer);
  const db = openForReading(config.database);
  const paths = { longhouse: config.database, search: join(config.home, "search.db") };
  const starting = startSearch(paths, db, { trouble: (message) => log.warn(message) });
  starting.then(({ indexerPort }) => writer.connectIndexer(indexerPort), failed);
  const vectors = { longhouse: config.database, vectors: join(config.home, "vectors.db") };
  const semantic = startSemantic(vectors, semanticSettings(config), (message) => log.warn(message));
  const search = withSemantic(whenStarted(starting), semantic);
  const now = () => Date.now();
  const feed = createFeed(db, now);
  Object.assign(made, { feed, db });
  const app: App = { config, db, writer, search, feed, log, stats, device: keepDevice(config), now };
  const stopPrices = watchPriceFile(config.home, writer, (message) => log.warn(message));
  return {
    app,
    async close() {
      stopPrices();
      feed.close();
      await search.close();
      made.db = null;
      db.close();
      await writer.close();
    },
  };
}

/** How often search by meaning looks whether something came. */
const LOOK_MS = 1000;

function semanticSettings({ embeddings, times }: Config): SemanticSettings | null {
  const backoff = { baseMs: times.backoff, maxMs: times.backoffMax };
  return embeddings && { server: embeddings, backoff, requestMs: times.request, lookMs: LOOK_MS };
}

/** The page must not wait for the index to be opened: until then a search waits, and everything is said to be behind. */
function whenStarted(starting: Promise<Search>): Search {
  let started: Search | null = null;
  starting.then((search) => (started = search)).catch(() => {});
  return {
    find: async (request, signal) => (await starting).find(request, signal),
    facets: async (request, signal) => (await starting).facets(request, signal),
    status: () => started?.status() ?? { bytes: 0, behind: 1 },
    reindex: async () => (await starting).reindex(),
    close: async () => (await starting.catch(() => null))?.close(),
    indexerPort() {
      throw new Error("The indexer is connected when search has started.");
    },
  };
}

/** Bytes of bodies after which main collects them, and how long after the last. */
const SWEEP = 24 * MIB;
const SWEEP_IDLE_MS = 3000;
/** Bytes after which the threads that compile are looked for again. */
const COMPILERS = 4 * MIB;
/** After so many bytes the program itself is given back, once the threads have put their things away. */
const LARGE_IMPORT = 16 * MIB;
const PAGES_IDLE_MS = 12_000;

type Told = Pick<Parts, "stats" | "log" | "made" | "failed">;

function writerEvents({ stats, log, made, failed }: Told): WriterEvents {
  const sweep = createSweep(SWEEP, SWEEP_IDLE_MS, () => made.db?.run("PRAGMA shrink_memory"));
  const imported = afterLargeImport(log);
  const importing = every(COMPILERS, lowerCompilers);
  return {
    changed: (changed) => made.feed?.onChanged(changed),
    ingested(provider, bytes, events) {
      sweep.passed(bytes);
      imported(bytes);
      importing(bytes);
      if (bytes > 0) stats.count("longhouse_ingest_bytes_total", { provider }, bytes);
      if (events > 0) stats.count("longhouse_ingest_events_total", {}, events);
    },
    trouble: (message) => log.error(message),
    failed,
  };
}

/** Acts at the first bytes and after each `step` of them. */
function every(step: number, act: () => void): (bytes: number) => void {
  let left = 0;
  return (bytes) => {
    left -= bytes;
    if (bytes === 0 || left > 0) return;
    left = step;
    act();
  };
}

/** Counts bytes, and makes the process small again in the pause after many. */
function afterLargeImport(log: Log): (bytes: number) => void {
  let since = 0;
  const pause = createPause(PAGES_IDLE_MS, () => {
    since = 0;
    try {
      log.debug("gave the program's pages back after an import", { bytes: giveBackProgramPages() });
    } catch (error) {
      log.warn("could not give the program's pages back; memory stays larger", { error: String(error) });
    }
  });
  return (bytes) => {
    since += bytes;
    if (bytes > 0 && since > LARGE_IMPORT) pause();
  };
}
