/** Main's side of the writer worker. */
import type { Commands } from "./commands.ts";
import type { Changed, FromWriter, IngestReply, IngestRequest, ToWriter, WriterStatus } from "./protocol.ts";
import { Fault } from "../domain/fault.ts";
import { workerUrl } from "../lib/worker.ts";

type CommandInput<N extends keyof Commands> = Parameters<Commands[N]>[1];
type CommandOutput<N extends keyof Commands> = ReturnType<Commands[N]>;

/** What main may ask of the writer. Replies come after commit; an ingest's after fsync. Rejects with a Fault. */
export type Writer = {
  ingest(request: IngestRequest): Promise<IngestReply>;
  run<N extends keyof Commands>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>>;
  /** Hands the writer its end of the channel to the indexer. */
  connectIndexer(port: MessagePort): void;
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

/** Starts the worker on `path` (longhouse.db) and resolves once it is open, migrated and answering. */
export function startWriter(path: string, events: WriterEvents): Promise<Writer> {
  const worker = new Worker(workerUrl("archive/writer.worker.ts"));
  const waiting = new Map<number, Waiting>();
  let status: WriterStatus = { behindBytes: 0, walBytes: 0 };
  let lastId = 0;

  const send = (message: ToWriter, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  const ask = <T>(make: (id: number) => ToWriter, transfer: Transferable[] = []) =>
    new Promise<T>((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      send(make(id), transfer);
    });
  const settle = (id: number) => {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };

  return new Promise((ready, refuse) => {
    send({ type: "open", path });
    let closed = () => {};
    const writer: Writer = {
      ingest: (request) => ask((id) => ({ type: "ingest", id, request }), [request.bytes]),
      run: (name, input) => ask((id) => ({ type: "run", id, name, input })),
      connectIndexer: (port) => send({ type: "indexer", port }, [port as unknown as Transferable]),
      get status() {
        return status;
      },
      close: () =>
        new Promise((resolve) => {
          closed = () => (worker.terminate(), resolve());
          send({ type: "close" });
        }),
    };
    worker.onmessage = ({ data }: MessageEvent<FromWriter>) => {
      if (data.type === "ready") return ready(writer);
      if (data.type === "closed") return closed();
      if (data.type === "reply") {
        if (data.status) status = data.status;
        return settle(data.id)?.resolve(data.value);
      }
      if (data.type === "trouble") return events.trouble(data.message);
      if (data.type === "ingested") return events.ingested(data.provider, data.bytes, data.events);
      if (data.type === "changed") {
        status = data.status;
        return events.changed(data.changed, data.status);
      }
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
