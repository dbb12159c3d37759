/** Main's side of search by meaning. Without settings there is no thread, and no file. */
import { parseQuery } from "../domain/query.ts";
import { meaningOf } from "../domain/meaning.ts";
import type { SessionList } from "../domain/session.ts";
import type { SemanticStatus } from "../domain/status.ts";
import { placeOf } from "../lib/embeddings.ts";
import { workerUrl } from "../lib/worker.ts";
import { removeVectors } from "../store/vectors/schema.ts";
import type { Search } from "./search.ts";
import type { FindRequest } from "./search-protocol.ts";
import type {
  FromSemanticWorker,
  Near,
  SemanticPaths,
  SemanticSettings,
  ToSemanticWorker,
} from "./semantic-protocol.ts";

/** Past this an answer goes without, whatever the thread does. Milliseconds. */
const WAIT_MS = 2000;

export type Semantic = {
  /** The sessions near to what is asked; null when it is not asked by meaning, or can not be told in time. */
  near(request: FindRequest): Promise<readonly Near[] | null>;
  /** Whether the question may be asked by its meaning now. */
  offers(request: FindRequest, now: number): SessionList["meaning"];
  status(): SemanticStatus;
  close(): Promise<void>;
};

/** The search, by words as it is and by meaning where that is wanted and to be had; the search itself without `semantic`. */
export function withSemantic(search: Search, semantic: Semantic | null): Search {
  if (!semantic) return search;
  return {
    ...search,
    async find(request, signal) {
      const meaning = semantic.offers(request, Date.now());
      if (meaning === undefined || !request.semantic) {
        const list = await search.find(request, signal);
        return meaning === undefined ? list : { ...list, meaning };
      }
      const near = await semantic.near(request);
      signal?.throwIfAborted();
      const list = await search.find({ ...request, near: near ?? undefined }, signal);
      return near ? { ...list, meaning: "used" } : list;
    },
    status: () => ({ ...search.status(), semantic: semantic.status() }),
    async close() {
      await semantic.close();
      await search.close();
    },
  };
}

/** Starts the thread. null, and vectors.db is removed, when search by meaning is not set up. */
export function startSemantic(
  paths: SemanticPaths,
  settings: SemanticSettings | null,
  trouble: (message: string) => void,
): Semantic | null {
  if (settings) return start(paths, settings, trouble);
  removeVectors(paths.vectors);
  return null;
}

function start(paths: SemanticPaths, settings: SemanticSettings, trouble: (message: string) => void): Semantic {
  const worker = new Worker(workerUrl("archive/semantic.worker.ts"));
  const send = (message: ToSemanticWorker) => worker.postMessage(message);
  const waiting = new Map<number, (near: readonly Near[] | null) => void>();
  const { server } = settings;
  const begun = { model: server.model, server: placeOf(server), vectors: 0, left: 1, error: null };
  let status: SemanticStatus = { state: "starting", ...begun };
  let closed = () => {};
  let stopped = false;
  let lastId = 0;

  const answer = (id: number, near: readonly Near[] | null) => {
    waiting.get(id)?.(near);
    waiting.delete(id);
  };
  worker.onmessage = ({ data }: MessageEvent<FromSemanticWorker>) => {
    if (data.type === "near") return answer(data.id, data.near);
    if (data.type === "closed") return closed();
    // In the log once, however often it is tried.
    if (data.status.error !== null && data.status.error !== status.error)
      trouble(`Search by meaning waits, the server of embeddings (${status.server}): ${data.status.error}.`);
    status = data.status;
  };
  worker.onerror = (event) => {
    trouble(`Search by meaning stopped: ${event.message}.`);
    status = { ...status, state: "waiting", error: "its thread stopped; start the server again" };
    for (const id of waiting.keys()) answer(id, null);
    stopped = true;
    closed();
  };
  send({ type: "open", paths, settings });

  return {
    near: (request) =>
      new Promise((resolve) => {
        if (stopped) return resolve(null);
        const id = ++lastId;
        const timer = setTimeout(() => answer(id, null), WAIT_MS);
        waiting.set(id, (near) => (clearTimeout(timer), resolve(near)));
        send({ type: "near", id, request });
      }),
    offers: ({ query, sort, zone }, now) =>
      sort === "relevance" && status.vectors > 0 && meaningOf(parseQuery(query, now, zone)) !== null
        ? "offered"
        : undefined,
    status: () => status,
    close: () =>
      new Promise<void>((resolve) => {
        for (const id of waiting.keys()) answer(id, null);
        closed = () => (worker.terminate(), resolve());
        if (stopped) closed();
        else send({ type: "close" });
      }),
  };
}
