/**
 * Brings sources to the server: at most sixteen requests and 4 MiB under way, one of each source, live ones before the rest,
 * the newest before older ones, and beside them one that takes many requests. A source that could not go on waits in its queue
 * until the gate opens; nothing is dropped.
 */
import { MIB } from "../domain/limits.ts";
import type { Log } from "../lib/log.ts";
import { backoffMs } from "../lib/retry.ts";
import { createSweep } from "../lib/sweep.ts";
import type { Databases } from "./databases.ts";
import { createGate, type Gate, type GateState, type GateTimes } from "./gate.ts";
import { createRoom } from "./room.ts";
import { sourceKey } from "./row.ts";
import type { Found } from "./scan.ts";
import type { Target } from "./ship.ts";
import type { Payloads } from "./spool-payloads.ts";
import type { Spool } from "./spool.ts";
import { type Stepped, takeStep } from "./step.ts";
import { BUFFER, PIECE } from "./tail.ts";

/** Requests and bytes under way at once: so many that the server's group commit has something to group. */
const REQUESTS = 16;
const IN_FLIGHT = 4 * MIB;
/** A source of more bytes takes so many requests, one after another, that it is not to be the last of an import, alone. */
const LONG = 4 * MIB;
/** Bytes after which this thread's garbage is collected, and how long after the last. */
const SWEEP = 16 * MIB;
const SWEEP_IDLE_MS = 2000;
/** A file that cannot be read is looked at again, ms. */
const UNREAD = { baseMs: 1_000, maxMs: 120_000 } as const;

/** What has happened since the pump was made. */
export type Tally = {
  /** Bytes that the server has acknowledged. */
  bytes: number;
  /** Events that the answers told of, and answers to bytes whose events were not derived yet. */
  events: number;
  lagging: number;
  refused: number;
};

export type PumpOptions = {
  readonly spool: Spool;
  readonly payloads: Payloads;
  readonly databases: Databases;
  readonly log: Log;
  readonly backoff: GateTimes;
  /** An unfinished last line waits so long, ms. */
  readonly quiet: number;
  target(): Target;
  /** Whether it is known which archive the server is; nothing is sent before. */
  ready(): boolean;
  /** A step threw: the spool cannot be read or written. */
  failed(error: unknown): void;
  /** A source is to be sent. */
  asked(found: Found, live: boolean): void;
  /** Something of it was acknowledged; all of it that can be sent now was. */
  progressed(found: Found): void;
  rested(found: Found): void;
  /** What `takeStep` needs of its maker. */
  replaced(path: string, inode: number): Promise<boolean>;
  /** The server has less than it said before. */
  lost(told: { readonly through: number }): void;
  /** A source needs another look at `at`, ms UTC. */
  lookAgain(found: Found, at: number): void;
  /** Something was acknowledged, refused or finished. */
  moved(): void;
  gateChanged(state: GateState): void;
};

type AgentBacklog = { readonly sources: number; finished: number; readonly bytes: number; done: number };

/** `live` goes first; `finish` sends an unfinished last line at once. */
export type JobKind = { readonly live?: boolean; readonly finish?: boolean };
type Job = JobKind & { readonly found: Found };

/** The sources that wait and those under way. */
export class Pump {
  readonly tally: Tally = { bytes: 0, events: 0, lagging: 0, refused: 0 };
  /** Of what was asked for since nothing waited: sources, their bytes to send, and those of them that are sent. */
  readonly backlog = { sources: 0, bytes: 0, done: 0 };
  /** The same by provider, in the order in which they were met; `finished` sources need nothing more. */
  readonly backlogBy = new Map<string, AgentBacklog>();
  readonly gate: Gate;
  readonly #live = new Map<string, Job>();
  readonly #backfill = new Map<string, Job>();
  readonly #active = new Map<string, Job>();
  /** The long one under way that did not wait for its turn; whether another may be waiting. */
  #long: string | null = null;
  #longWaits = false;
  /** Asked for once more while under way. */
  readonly #again = new Map<string, Job>();
  readonly #limits = new Map<string, number>();
  readonly #resyncs = new Map<string, number>();
  /** Times in a row that a file could not be read. */
  readonly #unread = new Map<string, number>();
  readonly #abort = new AbortController();
  readonly #room = createRoom(IN_FLIGHT);
  readonly #sweep = createSweep(SWEEP, SWEEP_IDLE_MS);
  #buffers: Uint8Array<ArrayBuffer>[] = [];
  #idleWaiters: (() => void)[] = [];

  constructor(readonly options: PumpOptions) {
    this.gate = createGate(options.backoff, () => this.#fill(), options.gateChanged);
  }

  /** Asks for a source to be brought up to date. One that is under way is looked at once more. */
  add(found: Found, kind: JobKind = {}): void {
    if (this.#abort.signal.aborted) return;
    const key = sourceKey(found);
    this.options.asked(found, kind.live === true);
    const waiting = this.#again.get(key) ?? this.#live.get(key) ?? this.#backfill.get(key);
    const job = { found, live: kind.live || waiting?.live, finish: kind.finish || waiting?.finish };
    if (this.#active.has(key)) return void this.#again.set(key, job);
    if (!waiting) this.#expect(found);
    if (job.live) this.#backfill.delete(key);
    this.#queue(key, job);
    this.#fill();
  }

  /** Goes on: what kept it from sending may be over. */
  knock(): void {
    this.gate.knock();
    this.#fill();
  }

  /** Sources that wait or are under way. */
  get waiting(): number {
    return this.#live.size + this.#backfill.size + this.#active.size;
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.waiting > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Ends what is under way; what was not acknowledged is sent another time. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.gate.close();
    for (const queue of [this.#live, this.#backfill, this.#again]) queue.clear();
    // Where nothing is under way nobody else would tell those who wait for the end.
    if (this.waiting === 0) this.#rested();
    await this.idle();
  }

  #expect({ provider, path, size }: Found) {
    const row = this.options.spool.find(provider, path);
    const bytes = row && row.acked <= size ? size - row.acked : size;
    const by = this.backlogBy.get(provider) ?? { sources: 0, finished: 0, bytes: 0, done: 0 };
    this.backlogBy.set(provider, { ...by, sources: by.sources + 1, bytes: by.bytes + bytes });
    this.backlog.sources++;
    this.backlog.bytes += bytes;
  }

  #queue(key: string, job: Job) {
    (job.live ? this.#live : this.#backfill).set(key, job);
    this.#longWaits ||= job.found.size > LONG;
  }

  #fill() {
    if (!this.options.ready()) return;
    while (this.#active.size < REQUESTS && !this.#abort.signal.aborted && this.gate.admits(this.#active.size)) {
      const queue = this.#live.size > 0 ? this.#live : this.#backfill;
      const long = queue === this.#backfill ? this.#longest() : null;
      const next = long ?? queue.entries().next().value;
      if (!next) return;
      const [key, job] = next;
      if (long) this.#long = key;
      queue.delete(key);
      this.#active.set(key, job);
      void this.#run(key, job);
    }
  }

  /** The longest that waits, unless one is under way. */
  #longest(): readonly [string, Job] | null {
    if (!this.#longWaits || this.#long !== null) return null;
    let longest: readonly [string, Job] | null = null;
    for (const one of this.#backfill) if (one[1].found.size > (longest?.[1].found.size ?? LONG)) longest = one;
    this.#longWaits = longest !== null;
    return longest;
  }

  async #run(key: string, job: Job) {
    const buffer = this.#buffers.pop() ?? new Uint8Array(BUFFER);
    try {
      while (this.#goesOn(key, job, await this.#step(key, job, buffer)));
    } catch (error) {
      this.#again.set(key, job);
      this.options.log.error("a source could not be shipped", { path: job.found.path, error });
      this.gate.failed("the spool cannot be written", null);
      this.options.failed(error);
    } finally {
      this.#buffers.push(buffer);
      this.#finish(key);
    }
  }

  #step(key: string, { found, finish }: Job, buffer: Uint8Array<ArrayBuffer>): Promise<Stepped> {
    return takeStep({
      ...this.options,
      target: this.options.target(),
      quiet: finish ? 0 : this.options.quiet,
      found,
      buffer,
      limit: this.#limits.get(key) ?? PIECE,
      resyncs: this.#resyncs.get(key) ?? 0,
      signal: this.#abort.signal,
      room: (bytes) => this.#room.take(bytes),
    });
  }

  /** Whether the job takes its next step at once. */
  #goesOn(key: string, job: Job, stepped: Stepped): boolean {
    if (this.#abort.signal.aborted) return false;
    if (stepped.kind === "later" || stepped.kind === "paused") return this.#wait(key, job, stepped);
    if (stepped.kind !== "unreadable") this.#unread.delete(key);
    if (stepped.kind !== "resting" && stepped.kind !== "unreadable") this.gate.succeeded();
    switch (stepped.kind) {
      case "sent":
        return this.#sent(key, job, stepped);
      case "resynced":
        this.#resyncs.set(key, (this.#resyncs.get(key) ?? 0) + 1);
        return true;
      case "split":
        this.#limits.set(key, stepped.limit);
        return true;
      case "resting":
        if (!this.#again.has(key)) this.options.rested(job.found);
        if (stepped.until !== null) this.options.lookAgain(job.found, stepped.until);
        return false;
      case "unreadable":
        return this.#unreadable(key, job);
      case "refused":
        this.tally.refused++;
        return false;
      default:
        return stepped satisfies never;
    }
  }

  /** A disk that fails for a moment is not to cost the time until all is looked over. */
  #unreadable(key: string, { found }: Job): false {
    const failures = (this.#unread.get(key) ?? 0) + 1;
    this.#unread.set(key, failures);
    this.options.lookAgain(found, Date.now() + backoffMs(failures, UNREAD));
    return false;
  }

  #wait(key: string, job: Job, stepped: Extract<Stepped, { kind: "later" | "paused" }>): false {
    if (stepped.kind === "later") this.gate.failed(stepped.reason, stepped.retryAfter);
    else this.gate.refused(stepped.reason);
    if (!this.#again.has(key)) this.#again.set(key, job);
    return false;
  }

  #sent(key: string, job: Job, { bytes, events, derived, rest }: Extract<Stepped, { kind: "sent" }>): boolean {
    this.#resyncs.delete(key);
    this.tally.bytes += bytes;
    this.tally.events += events;
    if (bytes > 0 && !derived) this.tally.lagging++;
    this.backlog.done += bytes;
    const by = this.backlogBy.get(job.found.provider);
    if (by) by.done += bytes;
    this.#sweep.passed(bytes);
    this.options.progressed(job.found);
    if (rest !== "more" && !this.#again.has(key)) this.options.rested(job.found);
    this.options.moved();
    if (typeof rest === "number") this.options.lookAgain(job.found, rest);
    if (rest !== "more") return false;
    // A long file gives its place to a live one, and comes next.
    if (job.live || this.#live.size === 0 || this.#active.size < REQUESTS) return true;
    if (!this.#again.has(key)) this.#again.set(key, job);
    return false;
  }

  #finish(key: string) {
    const by = this.backlogBy.get(this.#active.get(key)?.found.provider ?? "");
    this.#active.delete(key);
    if (this.#long === key) this.#long = null;
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (by && !again) by.finished++;
    if (again && !this.#abort.signal.aborted) this.#queue(key, again);
    if (this.waiting === 0) this.#rested();
    this.options.moved();
    this.#fill();
  }

  #rested() {
    Object.assign(this.backlog, { sources: 0, bytes: 0, done: 0 });
    this.backlogBy.clear();
    this.#buffers = [];
    this.#limits.clear();
    for (const wake of this.#idleWaiters.splice(0)) wake();
  }
}
