/** The thread of search by meaning: the one connection of vectors.db, and the only one that speaks to the server of embeddings. */
import { openForReading } from "../store/open.ts";
import { isDamage } from "../store/search/schema.ts";
import { removeVectors } from "../store/vectors/schema.ts";
import { BACKGROUND, lowerThread } from "../lib/priority.ts";
import { placeOf } from "../lib/embeddings.ts";
import { sleep } from "../lib/retry.ts";
import { createGate } from "./semantic-gate.ts";
import { createNearFinder } from "./semantic-near.ts";
import type { NearFinder } from "./semantic-near.ts";
import type { FromSemanticWorker, SemanticPaths, SemanticSettings, ToSemanticWorker } from "./semantic-protocol.ts";
import { openVectorStore } from "./semantic-store.ts";
import { createSemanticWork } from "./semantic-work.ts";

declare const self: Worker;

/** After a failure of the databases, a full disk for one. */
const AGAIN_MS = 5000;

const closing = new AbortController();
let finder: NearFinder | null = null;
let running: Promise<void> = Promise.resolve();

const post = (message: FromSemanticWorker) => self.postMessage(message);

self.onmessage = async ({ data }: MessageEvent<ToSemanticWorker>) => {
  if (data.type === "open") {
    lowerThread(BACKGROUND);
    running = runForEver(data.paths, data.settings);
  } else if (data.type === "near") {
    const near = await finder?.near(data.request, Date.now()).catch(() => null);
    post({ type: "near", id: data.id, near: near ?? null });
  } else {
    closing.abort();
    await running;
    post({ type: "closed" });
  }
};

async function runForEver(paths: SemanticPaths, settings: SemanticSettings) {
  while (!closing.signal.aborted) {
    try {
      await runOnce(paths, settings);
    } catch (error) {
      if (isDamage(error)) removeVectors(paths.vectors);
      const said = error instanceof Error ? error.message : String(error);
      const { server } = settings;
      const base = { model: server.model, server: placeOf(server), vectors: 0, left: 1 };
      post({ type: "status", status: { ...base, state: "waiting", error: `vectors.db: ${said}` } });
      await sleep(AGAIN_MS, closing.signal);
    }
  }
}

async function runOnce(paths: SemanticPaths, settings: SemanticSettings) {
  const archive = openForReading(paths.longhouse);
  const { signal: closed } = closing;
  try {
    const store = openVectorStore(paths, archive, settings.server);
    const parts = { archive, store, settings, closed, gate: createGate(settings, closed) };
    finder = createNearFinder(archive, store, createGate(settings, closed));
    try {
      await createSemanticWork({ ...parts, tell: (status) => post({ type: "status", status }) }).run();
    } finally {
      finder.close();
      finder = null;
      store.close();
    }
  } finally {
    archive.close();
  }
}
