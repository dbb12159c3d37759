/** The shipper that goes on: file events, a look over everything now and then, heartbeats, and others' wishes. */
import { lstatSync } from "node:fs";
import { backoffMs, sleep } from "../lib/retry.ts";
import { untilNext } from "../lib/routine.ts";
import { Beats } from "./beats.ts";
import { answerOpenWakes } from "./answer.ts";
import { createHints } from "./query-hints.ts";
import { mainFileOf } from "./query.ts";
import { look, type Place, unitOf } from "./scan.ts";
import { DEFAULTS } from "./settings.ts";
import type { Shipper } from "./shipper.ts";
import { type Holder, type Lock, takeLock } from "./spool-lock.ts";
import { openWakes, spoolVersion } from "./spool-wakes.ts";
import { isLoopback, shipperLock } from "./token.ts";
import { Watch } from "./watch.ts";

/** Least time between two requests for one file that is written to, ms: on the server's own machine, and elsewhere. */
const GAP_HERE = 100;
const GAP_ELSEWHERE = 500;
/** How often the spool is asked for wakes, and the lock for its holder, ms. */
const WAKE_MS = 500;
const LOCK_MS = 1_000;
/** How long the first greeting may take before files are looked at without it, ms. */
const HELLO_MS = 1_000;
/** How often a token that was not good is compared with the one there is now, ms. */
const TOKEN_MS = 1_000;
/** Without file events everything is looked at this often, ms; the more there is, the more seldom. */
const POLL_MS = 2_000;
const POLL_SHARE = 50;
/** A routine that comes so much too late, ms, was stopped, or its machine slept: events may be lost. */
const STOPPED_MS = 10_000;

/**
 * Ships until the shipper is closed. Waits for the lock, and for the server, as long as it takes; `taken` is told once who has
 * the lock, and may throw instead. Rejects when the spool is damaged: the next shipper finds a new one.
 */
export async function shipForEver(shipper: Shipper, taken?: (holder: Holder | null) => void): Promise<void> {
  const { signal, settings } = shipper;
  const lock = await waitForLock(shipper, taken);
  if (!lock) return;
  const databases = createHints((place, path) => shipper.scan([place], { file: path }, { live: true }), signal);
  const watch = new Watch({
    gap: isLoopback(settings.url) ? GAP_HERE : GAP_ELSEWHERE,
    hint(place, path) {
      const main = mainFileOf(path);
      if (unitOf(place, main) === "query") databases(place, main);
      else hint(shipper, place, path);
    },
    appeared: (place) => void shipper.scan([place]),
    blind: (reason) => polling(reason),
  });
  const beats = new Beats(shipper);
  const polling = (reason: string | null) => {
    const before = shipper.polling;
    shipper.setPolling(reason);
    if (reason !== before) beats.want();
  };
  try {
    // Without the server everything goes on but the sending: what waits is taken into the spool.
    const met = meet(shipper);
    await Promise.race([met, sleep(HELLO_MS, signal)]);
    polling(settings.poll ? "asked" : null);
    if (!settings.poll) watchPlaces(shipper, watch, () => polling(null));
    every(shipper, settings.times.rescan, () => shipper.scan(shipper.places()));
    void poll(shipper);
    every(shipper, WAKE_MS, answerWakes(shipper));
    every(shipper, settings.times.replay ?? DEFAULTS.replay, () => shipper.replay());
    for (let interval = await met; !signal.aborted;) {
      await sleepUntilToken(shipper, interval * 1000);
      interval = await meet(shipper);
    }
  } finally {
    beats.close();
    watch.close();
    lock.close();
  }
  if (shipper.failure) throw shipper.failure;
}

/** Says hello until it is answered; gives the seconds until the next. */
async function meet(shipper: Shipper): Promise<number> {
  const { times } = shipper.settings;
  for (let failures = 1; !shipper.signal.aborted; failures++) {
    const greeting = await shipper.meet();
    if (greeting.kind === "welcome") {
      shipper.pump.gate.knock();
      return greeting.welcome.interval_s;
    }
    if (failures === 1)
      shipper.log.warn("the server does not answer", { kind: greeting.kind, reason: greeting.reason });
    const asked = greeting.kind === "later" ? (greeting.retryAfter ?? 0) : 0;
    const wait = Math.max(asked, backoffMs(failures, { baseMs: times.backoff, maxMs: times.backoffMax }));
    await sleepUntilToken(shipper, wait);
  }
  return 0;
}

/** Waits so long, or until there is another token than before: a new login counts at once. */
async function sleepUntilToken(shipper: Shipper, ms: number): Promise<void> {
  const { token } = shipper.target();
  const end = performance.now() + ms;
  for (let left = ms; left > 0 && !shipper.signal.aborted; left = end - performance.now()) {
    await sleep(Math.min(left, untilNext(TOKEN_MS)), shipper.signal);
    if (shipper.target().token !== token) return;
  }
}

async function waitForLock(shipper: Shipper, taken: (holder: Holder | null) => void = () => {}): Promise<Lock | null> {
  const { url, tokens } = shipper.settings;
  for (let told = false; !shipper.signal.aborted; told = true) {
    const locking = takeLock(shipperLock(tokens.shipperDir, url), url);
    if (locking.kind === "held") return locking.lock;
    if (!told) taken(locking.holder);
    if (!told) shipper.log.warn("another shipper is at work for this machine; waiting", { pid: locking.holder?.pid });
    await sleep(LOCK_MS, shipper.signal);
  }
  return null;
}

function hint(shipper: Shipper, place: Place, path: string) {
  // A folder that was moved in brings files of which no event tells.
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return shipper.custody.gone(path);
  if (stat.isDirectory()) return void shipper.scan([place], { file: path });
  const found = look(place, path, shipper.skipped);
  if (found) shipper.pump.add(found, { live: true });
}

/** Follows folders that come and go, and asks for file events again where the system refused them; `sees` when it gives them. */
function watchPlaces(shipper: Shipper, watch: Watch, sees: () => void) {
  const { roots, rescan } = shipper.settings.times;
  let last = Date.now();
  const look = () => {
    if (Date.now() - last > roots + STOPPED_MS) void shipper.scan(shipper.places());
    last = Date.now();
    watch.set(shipper.places());
  };
  look();
  every(shipper, roots, look);
  every(shipper, rescan, async () => {
    if (shipper.polling === null || !(await watch.renew(shipper.places()))) return;
    if (shipper.signal.aborted) return;
    sees();
    // What was written just before the first watcher stood is told by nobody.
    return shipper.scan(shipper.places());
  });
}

/** Looks at everything again and again while nobody tells of changes, until the shipper is closed. */
async function poll(shipper: Shipper): Promise<void> {
  const { signal, settings } = shipper;
  const least = settings.poll ?? POLL_MS;
  for (; !signal.aborted;) {
    const began = performance.now();
    if (shipper.polling !== null) await lookAtAll(shipper);
    // Asked for: a tenth of the time at most. Unasked: a fiftieth.
    const share = settings.poll ? POLL_SHARE / 5 : POLL_SHARE;
    await sleep(Math.max(least, (performance.now() - began) * share), signal);
  }
}

async function lookAtAll(shipper: Shipper) {
  try {
    await shipper.scan(shipper.places(), {}, { live: true });
  } catch (error) {
    shipper.log.error("looking at files failed", { error });
  }
}

/** Calls `act` every `ms`, never twice at a time, until the shipper is closed. A failure is logged and tried again. */
function every(shipper: Shipper, ms: number, act: () => unknown) {
  const loop = async () => {
    while (!shipper.signal.aborted) {
      await sleep(untilNext(ms), shipper.signal);
      if (shipper.signal.aborted) return;
      try {
        await act();
      } catch (error) {
        shipper.log.error("the shipper's routine failed", { error });
      }
    }
  };
  void loop();
}

/** Looks for wakes when somebody else has written into the spool. */
function answerWakes(shipper: Shipper): () => Promise<void> {
  let seen = -1;
  return async () => {
    const version = spoolVersion(shipper.spool);
    if (version === seen) return;
    seen = version;
    // What the server wants again since the last heartbeat is part of what was asked for.
    if (openWakes(shipper.spool).length > 0) await shipper.meet();
    await answerOpenWakes(shipper);
  };
}
