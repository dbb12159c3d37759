/** One query worker: one search at a time; those nobody waits for any more are dropped before they are sent. */
import { Fault } from "../domain/fault.ts";
import { workerUrl } from "../lib/worker.ts";
import type { FromQueryWorker, SearchPaths, ToQueryWorker } from "./search-protocol.ts";

export type Task = Extract<ToQueryWorker, { readonly id: number }>;
export type Answer = Extract<FromQueryWorker, { readonly type: "found" | "counted" | "facets" }>;

type Waiting = {
  readonly task: Task;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
};

export type QueryThread = ReturnType<typeof startQueryThread>;

/** Starts the worker; `reopen` opens the databases. `damaged` is told of shards that can not be read. */
export function startQueryThread(paths: SearchPaths, damaged: (shard: number) => void) {
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

  worker.onmessage = ({ data }: MessageEvent<FromQueryWorker>) => {
    if (data.type === "found" || data.type === "counted" || data.type === "facets")
      return finish(({ resolve }) => resolve(data));
    if (data.type === "damaged") return damaged(data.shard);
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

  return {
    /** Rejects with the worker's Fault; aborting rejects with the signal's reason. */
    ask: (taskOf: (id: number) => Task, signal?: AbortSignal) =>
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
      }),
    /** Opens the databases, anew when they were open. Rejects with Fault when they can not be read. */
    reopen: () =>
      new Promise<void>((resolve, reject) => {
        opened = (error) => (error ? reject(error) : resolve());
        send({ type: "open", paths, cancelled });
      }),
    /** What waits is rejected. */
    close: () =>
      new Promise<void>((resolve) => {
        const fault = new Fault("internal", "The search was closed.");
        for (const { reject } of queue.splice(0)) reject(fault);
        closed = () => {
          running?.reject(fault);
          worker.terminate();
          resolve();
        };
        send({ type: "close" });
      }),
  };
}
