/** One pass of the shipper for a command: by itself, or by the shipper that is at work already. */
import { mkdirSync } from "node:fs";
import type { Config } from "../config.ts";
import { openLog } from "../lib/log.ts";
import { PROVIDERS } from "../providers/all.ts";
import { follow } from "../shipper/follow.ts";
import { Shipper, type ShipperSettings } from "../shipper/shipper.ts";
import { type Lock, takeLock } from "../shipper/spool-lock.ts";
import type { Scope, WakeProgress } from "../shipper/spool-wakes.ts";
import { shipperLock } from "../shipper/token.ts";
import { VERSION } from "../version.ts";
import { notAllowed, unreachable } from "./client.ts";
import type { ServerAddress } from "./find-server.ts";
import { deviceOf } from "./home.ts";

/** Trouble that lasts so long ends a command, ms: the bytes stay where they are, the next pass takes them. */
const GIVE_UP_MS = 10_000;

export type Pass = {
  readonly scope: Scope;
  /** Also what was given up after five refusals. */
  readonly retryFailed: boolean;
  report(progress: WakeProgress): void;
};

/** Ships what is in the scope. Throws Fault with exit code 3 or 4 when the server cannot be reached or refuses us. */
export async function shipOnce(config: Config, server: ServerAddress, pass: Pass): Promise<WakeProgress> {
  mkdirSync(config.shipperDir, { recursive: true, mode: 0o700 });
  const log = openLog(config.shipperDir, { name: "shipper" });
  const shipper = new Shipper(settingsOf(config, server.url), PROVIDERS, log);
  try {
    const done = await work(shipper, server, { ...pass, report: withPatience(shipper, pass.report) });
    if (done.trouble) throw troubleFault(server, done.trouble);
    return done;
  } finally {
    await shipper.close();
    log.close();
  }
}

/** What a shipper of this machine is told. */
export function settingsOf(config: Config, url: string): ShipperSettings {
  const tokens = { token: config.token, home: config.home, shipperDir: config.shipperDir };
  return { url, tokens, env: config.env, device: deviceOf(config), version: VERSION, times: config.times };
}

async function work(shipper: Shipper, server: ServerAddress, pass: Pass): Promise<WakeProgress> {
  const { scope, report } = pass;
  const greeting = await shipper.meet();
  if (greeting.kind === "later") throw unreachable(server.url, greeting.reason);
  if (greeting.kind === "paused") throw notAllowed(server, greeting.reason);
  // The spool is shared: a shipper that is at work already sees it too.
  if (pass.retryFailed) shipper.spool.forgive();
  const { tokens, url } = shipper.settings;
  const base = shipperLock(tokens.shipperDir, url);
  for (;;) {
    const locking = takeLock(base, url);
    if (locking.kind === "held") return alone(shipper, pass, locking.lock);
    const done = await follow({ spool: shipper.spool, lock: base, scope, signal: shipper.signal, report });
    if (done || shipper.signal.aborted)
      return done ?? { ...NOTHING, trouble: { kind: "later", reason: "no progress" } };
  }
}

const NOTHING: WakeProgress = { sources: 0, total: 0, bytes: 0, events: 0, lagging: 0, failed: 0, trouble: null };

async function alone(shipper: Shipper, { scope, report }: Pass, lock: Lock): Promise<WakeProgress> {
  try {
    return await shipper.once(scope, report);
  } finally {
    lock.close();
  }
}

/** Closes the shipper when nothing has moved for too long; the pass then ends with the trouble it had. */
function withPatience(shipper: Shipper, report: Pass["report"]): Pass["report"] {
  let [moved, bytes] = [Date.now(), -1];
  return (progress) => {
    report(progress);
    if (!progress.trouble || progress.bytes !== bytes) [moved, bytes] = [Date.now(), progress.bytes];
    const over = progress.trouble?.kind === "paused" || Date.now() - moved > GIVE_UP_MS;
    if (over) void shipper.close();
  };
}

function troubleFault(server: ServerAddress, { kind, reason }: NonNullable<WakeProgress["trouble"]>) {
  return kind === "paused" ? notAllowed(server, reason) : unreachable(server.url, reason);
}
