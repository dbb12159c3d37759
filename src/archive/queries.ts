/** Main's side of the query worker: one search at a time; those nobody waits for any more are dropped before they are sent. */
import { Fault } from "../domain/fault.ts";
import type { SessionList } from "../domain/session.ts";
import { workerUrl } from "../lib/worker.ts";
import type {
  CountRequest,
  Counting,
  FindRequest,
  FoundFacets,
  FromQueryWorker,
  SearchPaths,
  ToQueryWorker,
} from "./search-protocol.ts";

type Task = Extract<ToQueryWorker, { readonly id: number }>;
type Answer = Extract<FromQueryWorker, { readonly type: "found" | "counted" | "facets" }>;

type Waiting = {
  readonly task: Task;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
};

/** Walks that count for facets take no longer in all, milliseconds. */
const FACETS_MS = 35;

export type Queries = ReturnType<typeof makeQueries>;

/** Starts the worker; `reopen` opens the databases. */
export function makeQueries(paths: SearchPaths) {
  const worker = new Worker(workerUrl("archive/query.worker.ts"));
  const send = (message: ToQueryWorker) => worker.postMessage(message);
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const queue: Waiting[] = [];
  let running: Waiting | null = null;
  let lastId = 0;
  let opened = (_error?: Fault) => {};
  let closed = () => {};

  const next = () => {
    running = queue.shift() ?? null;
    if (running) send(running.task);
  };
  const finish = (act: (waiting: Waiting) => void) => {
    if (running) act(running);
    next();
  };
  const drop = (waiting: Waiting, reason: unknown) => {
    if (waiting === running) Atomics.store(cancelled, 0, waiting.task.id);
    else queue.splice(queue.indexOf(waiting), 1);
    waiting.reject(reason);
  };
  const ask = (taskOf: (id: number) => Task, signal?: AbortSignal) =>
    new Promise<Answer>((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = () => drop(waiting, signal?.reason);
      const done =
        <T>(act: (value: T) => void) =>
        (value: T) => (signal?.removeEventListener("abort", stop), act(value));
      const waiting = { task: taskOf(++lastId), resolve: done(resolve), reject: done(reject) };
      signal?.addEventListener("abort", stop, { once: true });
      queue.push(waiting);
      if (!running) next();
    });

  const queries = {
    onDamage: (_shard: number) => {},
    reopen: () =>
      new Promise<void>((resolve, reject) => {
        opened = (error) => (error ? reject(error) : resolve());
        send({ type: "open", paths, cancelled });
      }),
    async find(request: FindRequest, signal?: AbortSignal): Promise<SessionList> {
      const answer = await ask((id) => ({ type: "find", id, request }), signal);
      return answer.type === "found" ? answer.list : unexpected(answer);
    },
    async facets(request: CountRequest, signal?: AbortSignal): Promise<FoundFacets> {
      const until = performance.now() + FACETS_MS;
      let counting: Counting | null = null;
      do {
        const so_far: Counting | null = counting;
        const answer: Answer = await ask((id) => ({ type: "count", id, request, so_far }), signal);
        counting = answer.type === "counted" ? answer.counting : unexpected(answer);
      } while (counting.next !== null && performance.now() < until);
      const { sessions, next: left } = counting;
      const answer = await ask((id) => ({ type: "facets", id, sessions }), signal);
      return answer.type === "facets" ? { ...answer.facets, partial: left !== null } : unexpected(answer);
    },
    close: () =>
      new Promise<void>((resolve) => ((closed = () => (worker.terminate(), resolve())), send({ type: "close" }))),
  };

  worker.onmessage = ({ data }: MessageEvent<FromQueryWorker>) => {
    if (data.type === "found" || data.type === "counted" || data.type === "facets")
      return finish(({ resolve }) => resolve(data));
    if (data.type === "damaged") return queries.onDamage(data.shard);
    if (data.type === "ready") return opened();
    if (data.type === "closed") return closed();
    const { code, message, hint } = data.body.error;
    const fault = new Fault(code, message, hint);
    if (data.id === 0) opened(fault);
    else finish(({ reject }) => reject(fault));
  };
  worker.onerror = (event) => {
    const fault = new Fault("internal", `The search stopped: ${event.message}.`);
    opened(fault);
    for (const { reject } of [...(running ? [running] : []), ...queue.splice(0)]) reject(fault);
    running = null;
  };
  return queries;
}

function unexpected({ type }: Answer): never {
  throw new Fault("internal", `The search answered another question: ${type}.`);
}
