/**
 * The shipper of one machine to one archive: meets the server, looks over all files, sends what is missing and, when it
 * watches, goes on doing so. Everything it knows stands in the spool; it may be killed at any moment.
 */
import { existsSync } from "node:fs";
import type { Heartbeat, LiveSession } from "../domain/heartbeat.ts";
import type { Provider } from "../domain/provider.ts";
import type { Log } from "../lib/log.ts";
import { Custody } from "./custody.ts";
import { createDatabases, type Databases } from "./databases.ts";
import { heartbeatOf } from "./heartbeat.ts";
import { greet, type Greeting, type Welcome } from "./link.ts";
import { awaitLogin, type LoginWait } from "./login.ts";
import { createLooks, type Looks } from "./looks.ts";
import { Meeting } from "./meeting.ts";
import { noteLink } from "./offline.ts";
import { type JobKind, Pump } from "./pump.ts";
import { type Place, places, type Skipped } from "./scan.ts";
import { DEFAULTS, type ShipperSettings, type ShipProgress } from "./settings.ts";
import type { Target } from "./ship.ts";
import { tellSkipped } from "./skips.ts";
import { type Payloads, payloadsOf } from "./spool-payloads.ts";
import type { Scope } from "./spool-wakes.ts";
import { markDamaged, openSpool, spoolFile } from "./spool-open.ts";
import { isDamage, REFUSALS_MAX, type Spool } from "./spool.ts";
import { filesOf, isIn, type Survey, survey } from "./survey.ts";
import { createTeller, type Teller } from "./teller.ts";
import { tokenReader } from "./token.ts";
import { reviewVanished } from "./vanished.ts";

/** Of one machine, to one archive. */
export class Shipper {
  readonly spool: Spool;
  readonly databases: Databases;
  readonly pump: Pump;
  readonly payloads: Payloads;
  readonly custody: Custody;
  readonly #teller: Teller;
  readonly #token: () => string | null;
  /** Sessions whose agent runs here; whoever watches them sets it. */
  live: () => readonly LiveSession[] = () => [];
  /** Why it closed itself; null = it did not. */
  failure: Error | null = null;
  readonly #abort = new AbortController();
  readonly #startedAt = new Date().toISOString();
  readonly #looks: Looks;
  readonly #login: LoginWait;
  /** One line in the log for each thing that is passed over. */
  readonly skipped: Skipped;
  #greeting: Promise<unknown> = Promise.resolve();
  #said: Heartbeat | null = null;
  #polling: string | null = null;
  readonly #meeting: Meeting;
  #scanned = false;
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
    this.#token = tokenReader(settings.url, settings.tokens);
    spool.chooseUnmet(settings.url);
    const target = () => this.target();
    const rescan = () => this.#scanned && void this.scan(this.places());
    this.#meeting = new Meeting({ spool, log, signal: this.signal, device: settings.device, target, rescan });
    this.skipped = tellSkipped(log);
    this.#looks = createLooks(times.rescan, (found) => this.pump.add(found, { live: true }));
    this.#login = awaitLogin({
      token: () => this.target().token,
      isPaused: () => this.pump.gate.state.kind === "paused",
      changed: () => this.pump.knock(),
    });
    this.databases = createDatabases(providers, spool);
    this.payloads = payloadsOf(spool);
    this.#teller = createTeller({ spool, tell, pump: () => this.pump, polling: () => this.#polling });
    this.custody = new Custody({
      spool,
      payloads: this.payloads,
      log,
      after: times.take ?? DEFAULTS.take,
      quiet: times.quiet,
      max: settings.spoolMax ?? DEFAULTS.spoolMax,
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
      backoff: { baseMs: times.backoff, maxMs: times.backoffMax, pauseMs: times.pause ?? DEFAULTS.pause },
      quiet: times.quiet,
      target,
      failed: (error) => this.#fail(error),
      lookAgain: (found, at) => this.#looks.later(found, at),
      moved: () => this.#teller.moved(),
      gateChanged: (state) => {
        log.info("the way to the server", state);
        noteLink(spool, settings.url, state);
        if (state.kind === "paused") this.#login.begin();
      },
    });
  }

  /** Where to send, with the token as its file says it now: a new one counts at once. */
  target(): Target {
    const { url, times } = this.settings;
    return { url, token: this.#token(), timeout: times.request };
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
      const files = filesOf(where, scope, this.skipped);
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
    this.#looks.close();
    this.#login.close();
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

  /** What keeps the greeting from the server keeps bytes from it. */
  #unwelcome(answer: Exclude<Greeting, { kind: "welcome" }>) {
    if (this.signal.aborted) return;
    if (answer.kind === "paused") this.pump.gate.refused(answer.reason);
    else this.pump.gate.failed(answer.reason, answer.retryAfter);
  }

  /** Nothing got through for a while, or nothing may be sent. */
  #isStalled(): boolean {
    const after = this.settings.times.take ?? DEFAULTS.take;
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
    const isPaused = this.pump.gate.state.kind === "paused";
    const { settings, spool } = this;
    return heartbeatOf({
      settings,
      spool,
      startedAt: this.#startedAt,
      isMet: this.#meeting.isOver,
      isPaused,
      live: this.live(),
      polling: this.#polling,
    });
  }
}

function isBelow(path: string, dir: string | undefined): boolean {
  return dir === undefined || path === dir || path.startsWith(`${dir}/`);
}
