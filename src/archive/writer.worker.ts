/** The writer's thread: the one write connection of longhouse.db. */
import { Fault } from "../domain/fault.ts";
import { lowerThread, WRITER } from "../lib/priority.ts";
import { openForWriting } from "../store/open.ts";
import type { FromWriter, ToWriter } from "./protocol.ts";
import { WriteLoop } from "./write-loop.ts";

declare const self: Worker;

let loop: WriteLoop | null = null;

const post = (message: FromWriter) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToWriter>) => {
  if (data.type === "open") return open(data.path);
  if (data.type === "ingest") return loop?.ingest(data.id, data.request);
  if (data.type === "run") return loop?.run(data.id, data.name, data.input);
  if (data.type === "indexer") return loop?.connectIndexer(data.port);
  loop?.close();
  post({ type: "closed" });
};

function open(path: string) {
  lowerThread(WRITER);
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
