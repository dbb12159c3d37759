/** The writer's thread: the one write connection of longhouse.db. */
import { Fault } from "../domain/fault.ts";
import { lowerPriority } from "../lib/worker.ts";
import { openForWriting } from "../store/open.ts";
import type { FromWriter, ToWriter } from "./protocol.ts";
import { WriteLoop } from "./write-loop.ts";

declare const self: Worker;

let loop: WriteLoop | null = null;

const post = (message: FromWriter) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToWriter>) => {
  if (data.type === "open") return void open(data.path);
  if (data.type === "ingest") return loop?.ingest(data.id, data.request);
  if (data.type === "run") return loop?.run(data.id, data.name, data.input);
  if (data.type === "indexer") return loop?.connectIndexer(data.port);
  loop?.close();
  post({ type: "closed" });
};

async function open(path: string) {
  // 5 and 10 (indexer): main gets the CPU at once; lower ones make live search wait on a busy machine.
  await lowerPriority(5);
  try {
    loop = new WriteLoop(openForWriting(path), path, post);
    post({ type: "ready" });
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("internal", String(error));
    post({
      type: "fault",
      id: null,
      body: { error: { code: fault.code, message: fault.message, hint: fault.hint } },
      details: {},
    });
  }
}
