/** Main's side of the shipper's worker. */
import type { Log } from "../lib/log.ts";
import { workerUrl } from "../lib/worker.ts";
import type { FromShipper, ToShipper } from "./protocol.ts";
import type { ShipperSettings, ShipProgress } from "./settings.ts";

export type ShipperHost = {
  /** What the shipper last said of itself; null before it did. */
  readonly progress: ShipProgress | null;
  /** Resolves when the worker has let go of its files, after 2 s at the latest. */
  close(): Promise<void>;
};

const CLOSE_MS = 2000;

/** Starts a worker that ships this machine's sessions until it is closed. A crash of it is logged, and it begins again. */
export function startShipper(settings: ShipperSettings, log: Log, tell: (progress: ShipProgress) => void): ShipperHost {
  let progress: ShipProgress | null = null;
  let closing: (() => void) | null = null;
  let worker = begin();

  function begin(): Worker {
    const started = new Worker(workerUrl("shipper/ship.worker.ts"));
    started.onmessage = ({ data }: MessageEvent<FromShipper>) => {
      if (data.type === "log") log.write(data.level, data.message, data.fields);
      else if (data.type === "closed") closing?.();
      else tell((progress = data.progress));
    };
    started.onerror = (event) => {
      log.error("the shipper's worker failed", { error: event.message });
      started.terminate();
      if (!closing) setTimeout(() => !closing && (worker = begin()), 5000);
    };
    started.postMessage({ type: "start", settings } satisfies ToShipper);
    return started;
  }

  return {
    get progress() {
      return progress;
    },
    async close() {
      const closed = new Promise<void>((resolve) => (closing = resolve));
      worker.postMessage({ type: "close" } satisfies ToShipper);
      await Promise.race([closed, Bun.sleep(CLOSE_MS)]);
      worker.terminate();
    },
  };
}
