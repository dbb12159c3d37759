/** Main's side of the writer worker. */
import type { Commands } from "./commands.ts";
import type { Changed, FromWriter, IngestReply, IngestRequest, ToWriter, WriterStatus } from "./protocol.ts";
import { Fault } from "../domain/fault.ts";
import { MIB } from "../domain/limits.ts";
import { workerUrl } from "../lib/worker.ts";

type CommandInput<N extends keyof Commands> = Parameters<Commands[N]>[1];
type CommandOutput<N extends keyof Commands> = ReturnType<Commands[N]>;

/** What main may ask of the writer. Replies come after commit; an ingest's after fsync. Rejects with a Fault. */
export type Writer = {
  ingest(request: IngestRequest): Promise<IngestReply>;
  run<N extends keyof Commands>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>>;
  /** Gives the writer its end of a new channel to the indexer, now and whenever its thread is begun anew. */
  connectIndexer(makePort: () => MessagePort): void;
  readonly status: WriterStatus;
  close(): Promise<void>;
};

export type WriterEvents = {
  changed(changed: Changed, status: WriterStatus): void;
  /** Bytes archived of a provider, or events derived (then `provider` is empty). */
  ingested(provider: string, bytes: number, events: number): void;
  /** Something to log; the writer goes on. */
  trouble(message: string): void;
  /** The worker can not go on (disk, damage): the server must stop. */
  failed(fault: Fault): void;
};

type Waiting = { resolve(value: unknown): void; reject(error: Fault): void };

/** Bytes after which a thread that rests is begun anew: what it has compiled and kept for them is 8 MB. */
const RENEW_AFTER = 32 * MIB;

/** Starts the worker on `path` (longhouse.db) and resolves once it is open, migrated and answering. */
export async function startWriter(path: string, events: WriterEvents, renewAfter = RENEW_AFTER): Promise<Writer> {
  /** null once it could not be begun anew. */
  let thread: Thread | null = null;
  /** Ends when a new thread has taken the old one's place. */
  let renewal: Promise<void> | null = null;
  let makePort: (() => MessagePort) | null = null;
  let ingested = 0;
  let status: WriterStatus = { behindBytes: 0, walBytes: 0 };

  const renew = async () => {
    const old = thread;
    thread = null;
    await old?.close();
    await begin();
  };
  const begin = async () => {
    ingested = 0;
    thread = await startThread(path, {
      ...events,
      status: (now) => (status = now),
      ingested(provider, bytes, count) {
        ingested += bytes;
        events.ingested(provider, bytes, count);
      },
      rested() {
        if (ingested < renewAfter || thread?.busy !== false) return;
        // Should it fail, `failed` tells the server.
        renewal = renew()
          .catch(() => {})
          .finally(() => (renewal = null));
      },
    });
    if (makePort) thread.connectIndexer(makePort());
  };
  /** Sends at once when it can: what came first is archived first. */
  const ask = async <T>(make: (id: number) => ToWriter, transfer: Transferable[] = []): Promise<T> => {
    while (renewal) await renewal;
    if (!thread) throw new Fault("internal", "The writer has stopped.");
    return thread.ask<T>(make, transfer);
  };

  await begin();
  return {
    ingest: (request) => ask((id) => ({ type: "ingest", id, request }), [request.bytes]),
    run: (name, input) => ask((id) => ({ type: "run", id, name, input })),
    connectIndexer(make) {
      makePort = make;
      thread?.connectIndexer(make());
    },
    get status() {
      return status;
    },
    async close() {
      await renewal;
      await thread?.close();
    },
  };
}

type ThreadEvents = WriterEvents & {
  status(status: WriterStatus): void;
  /** Nothing is left to do, and what could wait for quiet is done. */
  rested(): void;
};

type Thread = {
  readonly busy: boolean;
  ask<T>(make: (id: number) => ToWriter, transfer: Transferable[]): Promise<T>;
  connectIndexer(port: MessagePort): void;
  close(): Promise<void>;
};

/** One worker, from its start to its end. */
function startThread(path: string, events: ThreadEvents): Promise<Thread> {
  const worker = new Worker(workerUrl("archive/writer.worker.ts"));
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let closed = () => {};

  const send = (message: ToWriter, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  const settle = (id: number) => {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };
  const thread: Thread = {
    get busy() {
      return waiting.size > 0;
    },
    ask: <T>(make: (id: number) => ToWriter, transfer: Transferable[]) =>
      new Promise<T>((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        send(make(id), transfer);
      }),
    connectIndexer: (port) => send({ type: "indexer", port }, [port as unknown as Transferable]),
    close: () =>
      new Promise((resolve) => {
        closed = () => (worker.terminate(), resolve());
        send({ type: "close" });
      }),
  };

  return new Promise((ready, refuse) => {
    send({ type: "open", path });
    worker.onmessage = ({ data }: MessageEvent<FromWriter>) => {
      if ("status" in data && data.status) events.status(data.status);
      if (data.type === "ready") return ready(thread);
      if (data.type === "closed") return closed();
      if (data.type === "reply") return settle(data.id)?.resolve(data.value);
      if (data.type === "trouble") return events.trouble(data.message);
      if (data.type === "ingested") return events.ingested(data.provider, data.bytes, data.events);
      if (data.type === "changed") return events.changed(data.changed, data.status);
      if (data.type === "rested") return events.rested();
      const { code, message, hint } = data.body.error;
      const fault = new Fault(code, message, hint, data.details);
      if (data.id !== null) return settle(data.id)?.reject(fault);
      refuse(fault);
      events.failed(fault);
    };
    worker.onerror = (event) => {
      const fault = new Fault("internal", `The writer stopped: ${event.message}.`);
      for (const { reject } of waiting.values()) reject(fault);
      refuse(fault);
      events.failed(fault);
    };
  });
}
