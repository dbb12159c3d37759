/** Main's side of search: the indexer worker (writes search.db) and the query worker (reads it). */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { Fault } from "../domain/fault.ts";
import type { SessionList } from "../domain/session.ts";
import type { Status } from "../domain/status.ts";
import { readAhead } from "../lib/read-ahead.ts";
import { workerUrl } from "../lib/worker.ts";
import { lastChange } from "../store/search/follow.ts";
import { makeQueries } from "./queries.ts";
import type {
  CountRequest,
  FindRequest,
  FoundFacets,
  FromIndexerWorker,
  SearchPaths,
  ToIndexerWorker,
} from "./search-protocol.ts";

/** Bytes of search.db with its WAL; events that stand in the archive and not yet in the index. */
export type SearchStatus = Status["search"];

export type Search = {
  /** Rejects with Fault `invalid` for a cursor that is none; aborting rejects with the signal's reason. */
  find(request: FindRequest, signal?: AbortSignal): Promise<SessionList>;
  /** Counts what a query finds, in as many short walks as fit; other searches come between them. Aborting rejects. */
  facets(request: CountRequest, signal?: AbortSignal): Promise<FoundFacets>;
  status(): SearchStatus;
  /** Builds the whole index anew from the archive, the old one answering meanwhile. Resolves when it is done. */
  reindex(): Promise<void>;
  close(): Promise<void>;
  /** The writer's end of a new channel to the indexer: `writer.connectIndexer(search.indexerPort)`. */
  indexerPort(): MessagePort;
};

/** Trouble that search mends by itself, for the log: a damaged index that is built anew, a full disk. */
export type SearchEvents = { trouble(message: string): void };

/**
 * Starts both workers on the databases' paths; resolves once they answer. `archive` (read) tells what there is to follow: the
 * indexer hears of it a moment later. Rejects with Fault when one can not start.
 */
export async function startSearch(
  paths: SearchPaths,
  archive: Database,
  events: SearchEvents = { trouble: () => {} },
): Promise<Search> {
  // The query worker reads what the indexer has made.
  const queries = makeQueries(paths);
  const indexer = await startIndexer(paths, events, queries.reopen);
  queries.onDamage = (shard) => indexer.send({ type: "damaged", shard });
  await queries.reopen();
  const ahead = readAhead([paths.search, paths.longhouse]);
  return {
    find: queries.find,
    facets: queries.facets,
    status: () => ({ bytes: sizeOf(paths.search) + sizeOf(`${paths.search}-wal`), behind: behindOf(indexer, archive) }),
    reindex: indexer.reindex,
    indexerPort: indexer.port,
    async close() {
      ahead.stop();
      await queries.close();
      await indexer.close();
    },
  };
}

const behindOf = ({ behind, cursor }: { behind: number; cursor: number }, archive: Database) =>
  behind || (lastChange(archive) > cursor ? 1 : 0);

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function startIndexer(paths: SearchPaths, events: SearchEvents, reopen: () => Promise<void>) {
  const worker = new Worker(workerUrl("archive/indexer.worker.ts"));
  const send = (message: ToIndexerWorker, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  const reindexed: (() => void)[] = [];
  let closed = () => {};
  const indexer = {
    // Until it has looked and tells: what came while nobody indexed is not done.
    behind: 1,
    cursor: 0,
    send,
    port() {
      const { port1, port2 } = new MessageChannel();
      send({ type: "writer", port: port1 }, [port1 as unknown as Transferable]);
      return port2;
    },
    reindex: () => {
      // Until the indexer tells: whoever asks at once must not hear that all is done.
      indexer.behind ||= 1;
      return new Promise<void>((resolve) => (reindexed.push(resolve), send({ type: "reindex" })));
    },
    close: () =>
      new Promise<void>((resolve) => ((closed = () => (worker.terminate(), resolve())), send({ type: "close" }))),
  };
  return new Promise<typeof indexer>((ready, refuse) => {
    worker.onmessage = ({ data }: MessageEvent<FromIndexerWorker>) => {
      if (data.type === "ready") ready(indexer);
      else if (data.type === "status") ({ behind: indexer.behind, cursor: indexer.cursor } = data);
      else if (data.type === "reindexed") {
        indexer.behind = 0;
        for (const resolve of reindexed.splice(0)) resolve();
      } else if (data.type === "closed") closed();
      else
        events.trouble(
          data.type === "replaced" ? `search.db is built anew: ${data.reason}` : `indexing waits: ${data.reason}`,
        );
      if (data.type === "replaced") void reopen();
    };
    worker.onerror = (event) => {
      refuse(new Fault("internal", `The indexer can not start: ${event.message}.`));
      events.trouble(`The indexer stopped: ${event.message}.`);
    };
    send({ type: "open", paths });
  });
}
