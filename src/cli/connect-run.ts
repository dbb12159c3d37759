/** `connect` in the foreground: the shipper of this machine, with a line for what a person wants to know. */
import { mkdirSync } from "node:fs";
import type { Config } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { plain } from "../lib/ansi.ts";
import { type Log, openLog } from "../lib/log.ts";
import { lowerProcess, SHIPPER } from "../lib/priority.ts";
import { bytesText } from "../lib/units.ts";
import { PROVIDERS } from "../providers/all.ts";
import type { ShipProgress } from "../shipper/settings.ts";
import { Shipper } from "../shipper/shipper.ts";
import { type Holder, lockHolder } from "../shipper/spool-lock.ts";
import { shipperLock } from "../shipper/token.ts";
import { shipForEver } from "../shipper/watching.ts";
import { EXIT } from "./exit.ts";
import { holderEnd, holderName } from "./holder.ts";
import { deviceOf } from "./home.ts";
import { boundOwnErrors } from "./services.ts";
import { pollingLine } from "./polling.ts";
import { settingsOf } from "./ship-once.ts";
import { note, print, progressBar } from "./terminal.ts";

export type Manner = {
  /** Wait for another shipper to end, instead of saying who it is. */
  readonly wait: boolean;
  /** Between two looks at all files, ms; null = the system tells of changes. */
  readonly poll: number | null;
};

/** Service managers wait ten seconds before they kill. */
const CLOSE_MS = 7500;

/** Ships until it is asked to stop. Throws Fault when another process ships already. */
export async function connectHere(config: Config, url: string, { wait, poll }: Manner): Promise<number> {
  const base = shipperLock(config.shipperDir, url);
  mkdirSync(config.shipperDir, { recursive: true, mode: 0o700 });
  const taken = (holder: Holder | null) => {
    if (!wait) throw heldFault(config, url, holder);
  };
  // Before anything is said; and again when the lock is taken.
  const holder = wait ? null : await lastingHolder(base);
  if (holder) taken(holder);
  boundOwnErrors();
  lowerProcess(SHIPPER);
  const log = openLog(config.shipperDir, { name: "shipper" });
  const face = createFace(url);
  const shipper = new Shipper({ ...settingsOf(config, url), poll }, PROVIDERS, telling(log), face.show);
  const stop = () => void endSoon(shipper);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  print(`${deviceOf(config)} ships to ${url}. Ctrl-C ends it; longhouse connect --install makes it a service.`);
  log.info("connected", { url, pid: process.pid });
  try {
    await shipForEver(shipper, taken);
    return EXIT.ok;
  } finally {
    face.end();
    await shipper.close();
    log.close();
  }
}

/** A hook's errand or `longhouse ship` is soon done, ms. */
const ERRAND_MS = 2000;

async function lastingHolder(base: string): Promise<Holder | null> {
  const first = lockHolder(base);
  for (const end = Date.now() + ERRAND_MS; first && Date.now() < end; await Bun.sleep(100))
    if (lockHolder(base)?.pid !== first.pid) return null;
  return first;
}

let ending = false;

/** A second Ctrl-C ends at once; whatever hangs, the process ends in time. */
async function endSoon(shipper: Shipper): Promise<void> {
  if (ending) process.exit(130);
  ending = true;
  setTimeout(() => process.exit(EXIT.ok), CLOSE_MS).unref();
  await shipper.close();
}

function heldFault(config: Config, url: string, holder: Holder | null): Fault {
  if (!holder)
    return new Fault("internal", "Another longhouse begins to ship this moment.", "longhouse status says which.");
  const { pid, since } = holder;
  const name = holderName(config, pid).replace(/^t/, "T");
  return new Fault(
    "internal",
    `${name} (pid ${pid}) ships this machine's sessions to ${url} since ${new Date(since).toISOString()}.`,
    `Nothing is to be done: longhouse status shows how far it is. To ship from here instead: ${holderEnd(config, pid)}`,
  );
}

/** Warnings are for the person too, each once in a while; everything is for the file. */
function telling(log: Log): Log {
  const told = new Map<string, number>();
  const tell = (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    const reason = fields["reason"] ?? fields["path"] ?? fields["pid"] ?? "";
    const line = plain([message, reason && `(${String(reason)})`].filter(Boolean).join(" "));
    if (Date.now() - (told.get(line) ?? 0) < AGAIN_MS) return;
    if (told.size > TOLD_MAX) told.clear();
    told.set(line, Date.now());
    note(line);
  };
  return {
    ...log,
    warn: (message, fields) => (log.warn(message, fields), tell(message, fields)),
    error: (message, fields) => (log.error(message, fields), tell(message, fields)),
  };
}

const AGAIN_MS = 60_000;
const TOLD_MAX = 1000;
/** Least time between two lines that say how much was sent. */
const SENT_MS = 10_000;

/** Lines for what changes: an import's progress, what was sent, why nothing moves. */
function createFace(url: string) {
  const bar = progressBar();
  let before: Pick<ShipProgress, "state" | "reason" | "polling"> = { state: "idle", reason: null, polling: null };
  let [told, toldAt] = [0, Date.now() - SENT_MS];
  let watching = false;
  return {
    show(progress: ShipProgress) {
      const { state, reason, bytes, polling } = progress;
      const rows = progress.import;
      if (rows && state === "working")
        bar.show({ done: rows.done_bytes, total: rows.bytes, note: `${rows.sources} files` });
      else bar.end();
      if (state !== before.state || reason !== before.reason) sayState(progress, before.state, url);
      if (polling !== before.polling && polling) print(pollingLine(polling));
      before = { state, reason, polling };
      if (state === "idle" && !watching) print("Waiting for what is new.");
      watching ||= state === "idle";
      if (state !== "idle" || bytes === told || Date.now() - toldAt < SENT_MS) return;
      print(`${bytesText(bytes - told)} sent. All is in the archive.`);
      [told, toldAt] = [bytes, Date.now()];
    },
    end: () => bar.end(),
  };
}

function sayState({ state, reason }: ShipProgress, before: ShipProgress["state"], url: string) {
  const why = plain(reason ?? "");
  if (state === "later") print(`The server cannot take more now (${why}). What is new waits; nothing is lost.`);
  else if (state === "paused")
    print(
      `The server does not let this machine in (${why}). What is new waits. Log in again: longhouse auth --url ${url}`,
    );
  else if (before === "later" || before === "paused") print("The server takes what is new again.");
}
