/** One pass of the shipper for a command: by itself, or by the shipper that is at work already. */
import { mkdirSync } from "node:fs";
import type { Config } from "../config.ts";
import { openLog } from "../lib/log.ts";
import { lowerProcess, SHIPPER } from "../lib/priority.ts";
import { PROVIDERS } from "../providers/all.ts";
import { answerOpenWakes } from "../shipper/answer.ts";
import { follow } from "../shipper/follow.ts";
import { keepScope, shipScope } from "../shipper/pass.ts";
import type { ShipperSettings } from "../shipper/settings.ts";
import { Shipper } from "../shipper/shipper.ts";
import { type Lock, takeLock } from "../shipper/spool-lock.ts";
import { openWakes, type Scope, type WakeProgress } from "../shipper/spool-wakes.ts";
import { shipperLock } from "../shipper/token.ts";
import { VERSION } from "../version.ts";
import { notAllowed, unreachable } from "./client.ts";
import type { ServerAddress } from "./find-server.ts";
import { deviceOf } from "./home.ts";

/** Trouble that lasts so long ends a command, ms: the bytes stay where they are, the next pass takes them. */
const GIVE_UP_MS = 10_000;

export type Pass = {
  /** One after the other; what is told is of the last. */
  readonly scopes: readonly Scope[];
  /** Also what was given up after five refusals. */
  readonly retryFailed: boolean;
  report(progress: WakeProgress): void;
  /** Told of what was shipped for others who asked meanwhile. */
  answered?(scope: Scope): void;
};

/** Ships what is in the scope. Throws Fault with exit code 3 or 4 when the server cannot be reached or refuses us. */
export async function shipOnce(config: Config, server: ServerAddress, pass: Pass): Promise<WakeProgress> {
  lowerProcess(SHIPPER);
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
  const { env, times, spoolMax } = config;
  return { url, tokens, env, device: deviceOf(config), version: VERSION, times, spoolMax };
}

async function work(shipper: Shipper, server: ServerAddress, pass: Pass): Promise<WakeProgress> {
  const greeting = await shipper.meet();
  if (greeting.kind !== "welcome") await keepNamed(shipper, pass);
  if (greeting.kind === "later") throw unreachable(server.url, greeting.reason);
  if (greeting.kind === "paused") throw notAllowed(server, greeting.reason);
  // The spool is shared: a shipper that is at work already sees it too.
  if (pass.retryFailed) shipper.spool.forgive();
  let done = NOTHING;
  for (const scope of pass.scopes) done = await aloneOrWithHolder(shipper, scope, pass);
  return done;
}

/** A session that a hook names may be gone before anybody reaches the server: it is kept, unless a shipper does so already. */
async function keepNamed(shipper: Shipper, { scopes }: Pass): Promise<void> {
  const { tokens, url } = shipper.settings;
  const named = scopes.filter(({ file, session }) => file !== undefined || session !== undefined);
  const locking = named.length > 0 ? takeLock(shipperLock(tokens.shipperDir, url), url) : null;
  if (locking?.kind !== "held") return;
  try {
    for (const scope of named) await keepScope(shipper, scope);
  } finally {
    locking.lock.close();
  }
}

async function aloneOrWithHolder(shipper: Shipper, scope: Scope, pass: Pass): Promise<WakeProgress> {
  const { tokens, url } = shipper.settings;
  const base = shipperLock(tokens.shipperDir, url);
  for (;;) {
    const locking = takeLock(base, url);
    if (locking.kind === "held") return alone(shipper, { base, scope, pass, lock: locking.lock });
    const done = await follow({ spool: shipper.spool, lock: base, scope, signal: shipper.signal, report: pass.report });
    if (done || shipper.signal.aborted)
      return done ?? { ...NOTHING, trouble: { kind: "later", reason: "no progress" } };
  }
}

const NOTHING: WakeProgress = { sources: 0, total: 0, bytes: 0, events: 0, lagging: 0, failed: 0, trouble: null };

type Alone = { readonly base: string; readonly scope: Scope; readonly pass: Pass; readonly lock: Lock };

/** Who sees the lock taken leaves a wake and relies on it: so wakes are answered, also one that came at the last moment. */
async function alone(shipper: Shipper, { base, scope, pass, lock }: Alone): Promise<WakeProgress> {
  let done: WakeProgress;
  try {
    done = await shipScope(shipper, scope, pass.report);
    await answer(shipper, pass);
  } finally {
    lock.close();
  }
  while (!shipper.signal.aborted && openWakes(shipper.spool).length > 0) {
    const locking = takeLock(base, shipper.settings.url);
    if (locking.kind === "taken") break;
    try {
      await answer(shipper, pass);
    } finally {
      locking.lock.close();
    }
  }
  return done;
}

async function answer(shipper: Shipper, { answered, report }: Pass) {
  for (const scope of await answerOpenWakes(shipper, report)) answered?.(scope);
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
