/**
 * The shipper of one machine to one archive: meets the server, looks over all files, sends what is missing and, when it
 * watches, goes on doing so. Everything it knows stands in the spool; it may be killed at any moment.
 */
import { existsSync, statfsSync } from "node:fs";
import type { ImportProgress } from "../domain/frame.ts";
import type { Heartbeat, LiveSession } from "../domain/heartbeat.ts";
import { GIB } from "../domain/limits.ts";
import type { Env, Provider } from "../domain/provider.ts";
import type { Log } from "../lib/log.ts";
import { Custody } from "./custody.ts";
import { createDatabases, type Databases } from "./databases.ts";
import { greet, type Greeting, type Welcome } from "./link.ts";
import { Meeting } from "./meeting.ts";
import { type JobKind, Pump } from "./pump.ts";
import { type Found, type Place, places } from "./scan.ts";
import type { Target } from "./ship.ts";
import { noteLink } from "./offline.ts";
import { type Payloads, payloadsOf } from "./spool-payloads.ts";
import { isDamage, markDamaged, openSpool, REFUSALS_MAX, type Spool, spoolFile } from "./spool.ts";
import type { Scope, WakeProgress } from "./spool-wakes.ts";
import { filesOf, isBlank, isIn, type Survey, survey } from "./survey.ts";
import { createTeller, TELL_MS, type Teller, troubleOf } from "./teller.ts";
import { reviewVanished } from "./vanished.ts";
import { tokenFor, type TokenPlaces } from "./token.ts";

/** What a shipper must know. Plain data: it crosses threads. */
export type ShipperSettings = {
  readonly url: string;
  readonly tokens: TokenPlaces;
  readonly env: Env;
  /** This machine's device, should the server not say it. */
  readonly device: string;
  readonly version: string;
  readonly times: {
    readonly rescan: number;
    readonly quiet: number;
    readonly roots: number;
    readonly backoff: number;
    readonly backoffMax: number;
    readonly request: number;
    /** What is not acknowledged after so long is taken into the spool. 1,500 unless said otherwise. */
    readonly take?: number;
    /** How often what waits in the spool is tried again. 30,000 unless said otherwise. */
    readonly replay?: number;
    /** How long a token that was not good is left alone. 30,000 unless said otherwise. */
    readonly pause?: number;
  };
  /** Most bytes that wait in the spool, as stored. 2 GiB unless said otherwise. */
  readonly spoolMax?: number;
  /** Look at all files every `poll` ms instead of having the system tell of changes (`connect --poll --interval`). */
  readonly poll?: number | null;
};

/** What a shipper says of itself. */
export type ShipProgress = {
  readonly state: "working" | "idle" | "later" | "paused";
  /** Why nothing moves; null = it does. */
  readonly reason: string | null;
  readonly import: ImportProgress | null;
  /** Acknowledged since it started. */
  readonly bytes: number;
  /** Why files are looked at again and again: "asked", or what the system says to file events; null = it tells of changes. */
  readonly polling: string | null;
};

const PAUSE_MS = 30_000;
/** How often a token that was not good is compared with the one there is now, ms. */
const TOKEN_MS = 1_000;
/** Less than the 2 s after which it is promised: taking takes its time. */
const TAKE_MS = 1500;
const SPOOL_MAX = 2 * GIB;
/** Paths of which the log has been told; more than this and some are told again. */
const TOLD_MAX = 10_000;

export class Shipper {
  readonly spool: Spool;
  readonly databases: Databases;
  readonly pump: Pump;
  readonly payloads: Payloads;
  readonly custody: Custody;
  readonly #teller: Teller;
  /** Sessions whose agent runs here; whoever watches them sets it. */
  live: () => readonly LiveSession[] = () => [];
  /** Why it closed itself; null = it did not. */
  failure: Error | null = null;
  readonly #abort = new AbortController();
  readonly #told = new Set<string>();
  readonly #started = new Date().toISOString();
  readonly #looks = new Map<string, Timer>();
  #greeting: Promise<unknown> = Promise.resolve();
  #said: Heartbeat | null = null;
  #polling: string | null = null;
  readonly #meeting: Meeting;
  #scanned = false;
  #tokenTimer: Timer | null = null;
  #sentAt = -Infinity;
  #scanning: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> = Promise.resolve();

  constructor(
    readonly settings: ShipperSettings,
    readonly providers: readonly Provider[],
    readonly log: Log,
    readonly tell: (progress: ShipProgress) => void = () => {},
  ) {
    const { spool, moved } = openSpool(spoolFile(settings.tokens.shipperDir), { check: true });
    if (moved) log.warn("the spool was damaged: it was moved aside and is built anew", moved);
    if (moved && !moved.all)
      log.error("what waited in the damaged spool is lost unless its files still have it", { moved: moved.to });
    const { times } = settings;
    this.spool = spool;
    spool.chooseUnmet(settings.url);
    const target = () => this.target();
    const rescan = () => this.#scanned && void this.scan(this.places());
    this.#meeting = new Meeting({ spool, log, signal: this.signal, device: settings.device, target, rescan });
    this.databases = createDatabases(providers, spool);
    this.payloads = payloadsOf(spool);
    this.#teller = createTeller({ spool, tell, pump: () => this.pump, polling: () => this.#polling });
    this.custody = new Custody({
      spool,
      payloads: this.payloads,
      log,
      after: times.take ?? TAKE_MS,
      quiet: times.quiet,
      max: settings.spoolMax ?? SPOOL_MAX,
      stalled: () => this.#isStalled(),
      failed: (error) => this.#fail(error),
      taken: (found) => this.pump.add(found, { live: true }),
    });
    this.pump = new Pump({
      spool,
      payloads: this.payloads,
      ready: () => this.#meeting.isOver,
      asked: (found, live) => this.custody.asked(found, live),
      progressed: (found) => ((this.#sentAt = performance.now()), this.custody.moved(found)),
      rested: (found) => this.custody.rested(found),
      replaced: (path, inode) => this.custody.replaced(path, inode),
      lost: () => this.#meeting.compareSoon(),
      databases: this.databases,
      log,
      backoff: { baseMs: times.backoff, maxMs: times.backoffMax, pauseMs: times.pause ?? PAUSE_MS },
      quiet: times.quiet,
      target,
      failed: (error) => this.#fail(error),
      lookAgain: (found, at) => this.#lookAgain(found, at),
      moved: () => this.#teller.moved(),
      gateChanged: (state) => {
        log.info("the way to the server", state);
        noteLink(spool, settings.url, state);
        if (state.kind === "paused") this.#awaitToken();
      },
    });
  }

  /** Where to send, with the token as its file says it now: a new one counts at once. */
  target(): Target {
    const { url, tokens, times } = this.settings;
    return { url, token: tokenFor(url, tokens), timeout: times.request };
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Says hello: learns which archive it is and, when it is a new one, what that has. */
  meet(): Promise<Greeting> {
    return this.#greet(() => (this.#said = this.#heartbeat()));
  }

  /** Tells which sessions are alive; the figures are those of the last `meet`. */
  beat(): Promise<Greeting> {
    return this.#greet(() => ({ ...(this.#said ?? this.#heartbeat()), live: this.live(), polling: this.#polling }));
  }

  /** One at a time: what was said first must not arrive last. */
  #greet(heartbeat: () => Heartbeat): Promise<Greeting> {
    const greeting = this.#greeting.then(async () => {
      const answer = await greet(this.target(), heartbeat(), this.signal);
      if (answer.kind === "welcome") await this.#welcome(answer.welcome);
      else this.#unwelcome(answer);
      return answer;
    });
    this.#greeting = greeting.catch(() => {});
    return greeting;
  }

  /** The folders that are there now. */
  places(): readonly Place[] {
    return places(this.providers, this.settings.env, this.databases.list);
  }

  /** Looks over the files in the scope and asks for those that have something to send. One at a time. */
  scan(where: readonly Place[], scope: Scope = {}, kind: JobKind = {}): Promise<Survey> {
    const scan = async () => {
      this.#scanned = true;
      const files = filesOf(where, scope, (path, reason) => this.skipped(path, reason));
      const found = await survey(this.spool, files);
      if (this.signal.aborted) return found;
      for (const each of found.due) this.pump.add(each, kind);
      this.#lookForGone(scope, kind);
      return found;
    };
    const next = this.#scanning.then(scan);
    this.#scanning = next.catch((error) => this.#fail(error));
    return next;
  }

  /** Ships what is in the scope once, unfinished last lines too; `report` is called as it goes and when it is done. */
  async once(scope: Scope, report: (progress: WakeProgress) => void): Promise<WakeProgress> {
    const before = { ...this.pump.tally };
    const found = await this.scan(this.places(), scope, { finish: true });
    // What the spool keeps has waited for somebody who reaches the server, whoever it is.
    this.replay();
    const total = this.pump.backlog.bytes;
    const now = (): WakeProgress => ({
      sources: found.sources - this.#blankIn(found.due),
      total,
      bytes: this.pump.tally.bytes - before.bytes,
      events: this.pump.tally.events - before.events,
      lagging: this.pump.tally.lagging - before.lagging,
      failed: this.#failedIn(found.due),
      trouble: troubleOf(this.pump),
      spooled: this.payloads.waiting(),
    });
    const timer = setInterval(() => report(now()), TELL_MS);
    try {
      await this.pump.idle();
      return now();
    } finally {
      clearInterval(timer);
    }
  }

  /** Takes what of the scope is not acknowledged into the spool, unfinished last lines too; sends nothing. */
  async keep(scope: Scope): Promise<void> {
    await this.scan(this.places(), scope, { finish: true });
    await this.custody.takeAll();
  }

  /** One line in the log for each thing that is passed over, however often it is seen. */
  skipped(path: string, reason: string): void {
    const key = `${path}\n${reason}`;
    if (this.#told.has(key)) return;
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(key);
    this.log.warn("skipped", { path, reason });
  }

  /** Why files are looked at again and again; null = the system tells of changes. */
  get polling(): string | null {
    return this.#polling;
  }

  /** Notes why files are looked at again and again, where `status` and the heartbeat find it; null = they are watched. */
  setPolling(reason: string | null): void {
    if (reason !== null && reason !== "asked" && this.#polling === null)
      this.log.warn("file events cannot be had: files are looked at every few seconds instead", { reason });
    this.#polling = reason;
    this.spool.setMeta("polling", reason ?? "");
    this.#teller.moved();
  }

  /** Stops sending; what is under way is given up and sent another time. */
  async close(): Promise<void> {
    if (this.signal.aborted) return this.#closed;
    this.#abort.abort();
    this.#closed = this.#close();
    return this.#closed;
  }

  async #close() {
    for (const timer of this.#looks.values()) clearTimeout(timer);
    if (this.#tokenTimer) clearInterval(this.#tokenTimer);
    await this.pump.close();
    await this.#scanning;
    await this.custody.close();
    this.#teller.close();
    this.spool.close();
  }

  async #welcome(welcome: Welcome) {
    const first = !this.#meeting.isOver;
    await this.#meeting.welcome(welcome, this.#scanned);
    if (first) this.pump.knock();
  }

  /** A spool that is damaged is of no use any more: whoever runs the shipper begins anew. */
  #fail(error: unknown) {
    if (!isDamage(error) || this.failure) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
    markDamaged(spoolFile(this.settings.tokens.shipperDir));
    void this.close();
  }

  /** A new login counts at once. */
  #awaitToken() {
    const { token } = this.target();
    this.#tokenTimer ??= setInterval(() => {
      const isPaused = this.pump.gate.state.kind === "paused";
      if (isPaused && this.target().token === token) return;
      if (this.#tokenTimer) clearInterval(this.#tokenTimer);
      this.#tokenTimer = null;
      if (isPaused) this.pump.knock();
    }, TOKEN_MS);
  }

  /** What keeps the greeting from the server keeps bytes from it. */
  #unwelcome(answer: Exclude<Greeting, { kind: "welcome" }>) {
    if (this.signal.aborted) return;
    if (answer.kind === "paused") this.pump.gate.refused(answer.reason);
    else this.pump.gate.failed(answer.reason, answer.retryAfter);
  }

  /** Nothing got through for a while, or nothing may be sent. */
  #isStalled(): boolean {
    const after = this.settings.times.take ?? TAKE_MS;
    return !this.#meeting.isOver || this.pump.gate.state.kind !== "open" || performance.now() - this.#sentAt > after;
  }

  /** Sources of which the spool keeps something, oldest first: those given up after their refusals wait until they are asked for. */
  replay(scope: Scope = {}): void {
    reviewVanished(this);
    for (const { provider, path, unit, inode, size, mtime } of this.payloads.sources()) {
      if ((this.spool.find(provider, path)?.refusals ?? 0) >= REFUSALS_MAX) continue;
      const found = { provider, path, unit, inode, size, mtime };
      if (isIn(found, scope) && isBelow(path, scope.file)) this.pump.add(found);
    }
    if (this.pump.waiting === 0) this.payloads.shrink();
  }

  /** What is to be sent and has no file (any more). */
  #lookForGone(scope: Scope, kind: JobKind) {
    this.custody.recheck();
    this.replay(scope);
    for (const row of this.spool.unfinished()) if (isIn(row, scope) && !existsSync(row.path)) this.pump.add(row, kind);
  }

  #heartbeat(): Heartbeat {
    const paused = this.pump.gate.state.kind === "paused";
    const providers = Object.entries(this.#meeting.isOver ? this.spool.progress() : {});
    const failed = this.#meeting.isOver ? this.spool.failures() : [];
    return {
      version: this.settings.version,
      started_at: this.#started,
      providers: Object.fromEntries(providers.map(([name, progress]) => [name, { ...progress, paused }])),
      live: this.live(),
      failed: failed.map(({ path, code, at }) => ({ path, code, at: new Date(at).toISOString() })),
      disk_free: freeBytes(this.settings.tokens.shipperDir),
      polling: this.#polling,
    };
  }

  /** One look a path: a steady writer puts it off. */
  #lookAgain(found: Found, at: number) {
    const key = `${found.provider}\n${found.path}`;
    clearTimeout(this.#looks.get(key));
    // What lies further away than a rescan is found by that.
    const ms = Math.min(Math.max(50, at - Date.now()), this.settings.times.rescan);
    const look = () => (this.#looks.delete(key), this.pump.add(found, { live: true }));
    if (!this.signal.aborted) this.#looks.set(key, setTimeout(look, ms));
  }

  #blankIn(files: readonly Found[]): number {
    const queries = files.filter(({ unit }) => unit === "query");
    return queries.filter((each) => isBlank(each, this.spool.find(each.provider, each.path))).length;
  }

  #failedIn(files: readonly Found[]): number {
    const failing = this.spool.failing();
    return files.filter(({ path }) => failing.has(path)).length;
  }
}

function isBelow(path: string, dir: string | undefined): boolean {
  return dir === undefined || path === dir || path.startsWith(`${dir}/`);
}

function freeBytes(dir: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  } catch {
    return null;
  }
}
