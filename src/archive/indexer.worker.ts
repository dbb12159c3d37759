/** The indexer's thread: the one write connection of search.db. */
import { BACKGROUND, lowerThread } from "../lib/priority.ts";
import { createIndexer } from "./indexer.ts";
import type { Indexer } from "./indexer.ts";
import type { FromIndexerWorker, ToIndexerWorker } from "./search-protocol.ts";

declare const self: Worker;

let indexer: Indexer | null = null;

const post = (message: FromIndexerWorker) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToIndexerWorker>) => {
  if (data.type === "open") {
    lowerThread(BACKGROUND);
    indexer = createIndexer(data.paths, post);
    post({ type: "ready" });
  } else if (data.type === "writer") indexer?.connect(data.port);
  else if (data.type === "reindex") indexer?.reindex();
  else if (data.type === "damaged") indexer?.damaged(data.shard);
  else {
    indexer?.close();
    post({ type: "closed" });
  }
};
