/** The query thread: reads both databases, one search at a time. Nothing stops a running statement, so steps are short. */
import { Fault } from "../domain/fault.ts";
import { openFinder } from "./find.ts";
import type { FinderThread } from "./find.ts";
import type { FromQueryWorker, ToQueryWorker } from "./search-protocol.ts";

declare const self: Worker;

/** Searches come in bursts, as a person types; what they took is given back after one. */
const QUIET_MS = 5000;

let finder: FinderThread | null = null;
let quiet: ReturnType<typeof setTimeout> | null = null;
let cancelled: Int32Array = new Int32Array(1);

const isCancelled = (id: number) => Atomics.load(cancelled, 0) === id;
const post = (message: FromQueryWorker) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToQueryWorker>) => {
  if (quiet !== null) clearTimeout(quiet);
  quiet = data.type === "close" ? null : setTimeout(() => finder?.rest(), QUIET_MS);
  try {
    if (data.type === "open") {
      finder?.close();
      cancelled = data.cancelled;
      finder = openFinder(data.paths, (shard) => post({ type: "damaged", shard }));
      post({ type: "ready" });
      // What fails here tells whoever asks for it.
      warm(finder).catch(() => {});
    } else if (data.type === "find") {
      const list = finder!.find(data.request, Date.now(), () => isCancelled(data.id));
      post({ type: "found", id: data.id, list });
    } else if (data.type === "count") {
      const counting = finder!.count(data.request, data.so_far, Date.now(), () => isCancelled(data.id));
      post({ type: "counted", id: data.id, counting });
    } else if (data.type === "facets") {
      post({ type: "facets", id: data.id, facets: finder!.facets(data.sessions) });
    } else {
      finder?.close();
      post({ type: "closed" });
    }
  } catch (error) {
    const { code, message, hint } =
      error instanceof Fault ? error : new Fault("internal", `The search failed: ${String(error)}`);
    post({ type: "fault", id: "id" in data ? data.id : 0, body: { error: { code, message, hint } } });
  }
};

/** Between its steps come searches that somebody waits for. */
async function warm(mine: FinderThread): Promise<void> {
  for (const _ of mine.warm()) {
    await Bun.sleep(0);
    if (finder !== mine) return;
  }
}
