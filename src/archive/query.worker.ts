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
      finder.warm(Date.now());
    } else if (data.type === "find") {
      const list = finder!.find(data.request, Date.now(), () => Atomics.load(cancelled, 0) === data.id);
      post({ type: "found", id: data.id, list });
    } else {
      finder?.close();
      post({ type: "closed" });
    }
  } catch (error) {
    const { code, message, hint } =
      error instanceof Fault ? error : new Fault("internal", `The search failed: ${String(error)}`);
    post({ type: "fault", id: data.type === "find" ? data.id : 0, body: { error: { code, message, hint } } });
  }
};
