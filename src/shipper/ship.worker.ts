/** The shipper beside a server, in a thread of its own: reading, hashing and compressing must not hold the server's loop. */
import { relayLog } from "../lib/log.ts";
import { sleep } from "../lib/retry.ts";
import { lowerThread, SHIPPER } from "../lib/priority.ts";
import { PROVIDERS } from "../providers/all.ts";
import type { FromShipper, ToShipper } from "./protocol.ts";
import type { ShipperSettings } from "./settings.ts";
import { Shipper } from "./shipper.ts";
import { shipForEver } from "./watching.ts";

declare const self: Worker;

/** After a failure that stopped it (no room for its spool, a settings folder that is none) it begins again. */
const RETRY_MS = 30_000;

const closing = new AbortController();
let shipper: Shipper | null = null;

const say = (message: FromShipper) => self.postMessage(message);
const log = relayLog((level, message, fields = {}) => say({ type: "log", level, message, fields: plain(fields) }));

self.onmessage = ({ data }: MessageEvent<ToShipper>) => {
  if (data.type === "start") void start(data.settings);
  else void stop();
};

async function start(settings: ShipperSettings) {
  lowerThread(SHIPPER);
  while (!closing.signal.aborted) {
    try {
      await run(settings);
    } catch (error) {
      log.error("this machine's sessions cannot be shipped", { error });
      await sleep(RETRY_MS, closing.signal);
    }
  }
}

async function run(settings: ShipperSettings) {
  const mine = new Shipper(settings, PROVIDERS, log, (progress) => say({ type: "progress", progress }));
  shipper = mine;
  try {
    await shipForEver(mine);
  } finally {
    await mine.close();
  }
}

async function stop() {
  closing.abort();
  await shipper?.close();
  say({ type: "closed" });
}

/** Errors do not cross threads as they are. */
function plain(fields: Record<string, unknown>): Record<string, unknown> {
  const texts = Object.entries(fields).map(([key, value]) => [
    key,
    value instanceof Error ? String(value.stack) : value,
  ]);
  return Object.fromEntries(texts) as Record<string, unknown>;
}
