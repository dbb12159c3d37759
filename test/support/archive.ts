/** A real archive in a temp folder: the writer's loop in this thread, answers as promises. */
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { WriteLoop } from "../../src/archive/write-loop.ts";
import type { Changed, FromWriter, IngestReply, IngestRequest } from "../../src/archive/protocol.ts";
import { openForReading, openForWriting } from "../../src/store/open.ts";
import { tempDir } from "./temp.ts";

export type TestArchive = {
  readonly path: string;
  /** For reading, as main has it. */
  readonly db: Database;
  readonly changes: Changed[];
  readonly faults: unknown[];
  send(
    request: Partial<Omit<IngestRequest, "bytes">> & { readonly path: string; readonly bytes: Uint8Array | string },
  ): Promise<IngestReply>;
  run<T>(name: string, input: unknown): Promise<T>;
  /** Gives the writer its end of the channel to an indexer. */
  connectIndexer(port: MessagePort): void;
  /** Waits until nothing is left to derive. */
  derived(): Promise<void>;
  close(): void;
};

/** Opens (or makes) the archive in `dir`. */
export function openArchive(dir = tempDir()): TestArchive {
  const path = join(dir, "longhouse.db");
  const waiting = new Map<number, (message: FromWriter) => void>();
  const changes: Changed[] = [];
  const faults: unknown[] = [];
  let behind = 0;
  const loop = new WriteLoop(openForWriting(path), path, (message) => {
    if (message.type === "changed") {
      changes.push(message.changed);
      behind = message.status.behindBytes;
    }
    if (message.type === "fault" && message.id === null) faults.push(message);
    if ("id" in message && message.id !== null) {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  });
  let last = 0;
  const ask = <T>(act: (id: number) => void) =>
    new Promise<T>((resolve, reject) => {
      const id = ++last;
      waiting.set(id, (message) => (message.type === "reply" ? resolve(message.value as T) : reject(message)));
      act(id);
    });
  const db = openForReading(path);
  return {
    path,
    db,
    changes,
    faults,
    send: ({ bytes, ...request }) => {
      const copy = typeof bytes === "string" ? new TextEncoder().encode(bytes) : new Uint8Array(bytes);
      const base = { device: "laptop", provider: "claude", generation: 0, offset: 0, unit: "lines" as const, hint: {} };
      return ask((id) => loop.ingest(id, { ...base, ...request, bytes: copy.buffer as ArrayBuffer }));
    },
    run: (name, input) => ask((id) => loop.run(id, name, input)),
    connectIndexer: (port) => loop.connectIndexer(port),
    async derived() {
      await Bun.sleep(5);
      while (behind > 0 || loop.busy) await Bun.sleep(2);
    },
    close() {
      db.close();
      loop.close();
    },
  };
}
