/** When the server is to stop, and that it really does. */
import type { Fault } from "../domain/fault.ts";
import type { Log } from "../lib/log.ts";

export type Stop = {
  /** Resolves at SIGTERM or SIGINT; rejects with the Fault that ends the server. */
  readonly asked: Promise<void>;
  /** The archive cannot go on. */
  fail(fault: Fault): void;
  /** The stop begins: whatever hangs, the process ends in time. */
  begin(): void;
};

/** Service managers wait ten seconds before they kill. */
const DEADLINE_MS = 7500;

/** Listens for signals from now on. A second Ctrl-C ends at once. */
export function stopSignal(log: Log): Stop {
  const stop = Promise.withResolvers<void>();
  // Without a listener yet a failure while starting would end the process by itself.
  stop.promise.catch(() => {});
  let times = 0;
  const on = (signal: NodeJS.Signals) => {
    log.info("asked to stop", { signal });
    if (++times > 1 && signal === "SIGINT") process.exit(130);
    stop.resolve();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => on(signal));
  process.on("unhandledRejection", (error) => log.error("a promise failed and nobody looked", { error }));
  return {
    asked: stop.promise,
    fail(fault) {
      log.error("the archive cannot go on", { code: fault.code, said: fault.message });
      stop.reject(fault);
    },
    begin() {
      setTimeout(() => {
        log.warn("stopping took too long");
        process.exit(0);
      }, DEADLINE_MS).unref();
    },
  };
}
