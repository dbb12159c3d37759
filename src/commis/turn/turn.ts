/**
 * A turn that can be talked to and that outlives us. All that is known of it stands in its folder: what the agent wrote (`out`,
 * `err`), the pipe it reads (`in`) and our journal. After a crash of ours `openTurn` on the same folder reads the output from
 * its beginning, comes to the same state, and goes on: nothing is said twice, nothing is missed.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { KIB } from "../../domain/limits.ts";
import type { Env } from "../../domain/provider.ts";
import type { Command, Decision, Heard, Machine, Outcome, Runner, Said, Turn } from "../../domain/turn.ts";
import { readEnd } from "../../lib/files.ts";
import { makeFifo, writeFifo } from "../../lib/process/fifo.ts";
import { followLines } from "../../lib/process/follow.ts";
import { isRunning, type ProcessIdentity } from "../../lib/process/identity.ts";
import { launch, type Launched } from "../../lib/process/launch.ts";
import { stopJob } from "../../lib/process/stop.ts";
import { childEnv } from "../child-env.ts";
import { createClock } from "./clock.ts";
import { type Journal, lastOf, openJournal } from "./journal.ts";

export type TurnOptions = {
  /** Of this turn alone, absolute; made when it is missing. */
  readonly dir: string;
  /** Its marker, unique for ever. */
  readonly job: string;
  readonly runner: Runner;
  readonly turn: Turn;
  readonly env: Env;
  /** Its whole time and the longest it may say nothing, without the time that it waits for a person; ms. */
  readonly limits: {
    readonly total: number;
    readonly silence: number;
    readonly grace: number;
    /** Longest that an answer is awaited to what it was perhaps told when we were ended; absent = a minute. */
    readonly doubt?: number;
  };
  /** Told of each thing that is said, in order, with its number: the same number for the same thing after a crash. */
  readonly hear: (said: Said, n: number) => void;
};

export type OpenTurn = {
  /** What became of it. Nothing that it started is left then. Never rejects but for faults of this machine. */
  readonly ended: Promise<Outcome>;
  /** False when it does not wait for that ask (any more). */
  decide(ask: string, decision: Decision): Promise<boolean>;
  /** Asks it to stop, and ends it when it does not. `why` becomes the outcome's message. */
  stop(why: string): void;
  /** Lets go of it: it goes on without us. */
  leave(): void;
};

/** After its outcome an agent may say more for so long (a second result of background work, last lines), ms. */
const LINGER_MS = 700;
/** Longest that its input may be full, ms. */
const WRITE_MS = 30_000;
/** Longest that an answer is awaited to what it may not have heard, ms: a model may think for a while first. */
const DOUBT_MS = 60_000;
const EXIT_LOOK_MS = 100;
const ERRORS_MAX = 8 * KIB;

/** Starts the turn, or goes on with the one that stands in the folder. Rejects with a Fault when the agent cannot be started. */
export async function openTurn(options: TurnOptions): Promise<OpenTurn> {
  const { dir, job, runner, turn } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const start = runner.dialogue?.(turn, dir) ?? runner.headless(turn, dir);
  const journal = openJournal(join(dir, "journal"));
  const launched = lastOf(journal, "launched");
  const talks = start.command.input === undefined;
  if (launched) return new LiveTurn(options, { ...launched, machine: start.machine, talks, journal, exited: null });
  // We may have been ended between starting it and writing that down: it has read nothing yet.
  await stopJob({ job, root: null, graceMs: 0 });
  const { identity, exited } = begin(options, start.command);
  journal.write({ type: "launched", identity, at: Date.now() });
  return new LiveTurn(options, { identity, machine: start.machine, talks, journal, exited });
}

function begin({ dir, job, runner, turn, env }: TurnOptions, command: Command): Launched {
  const files = filesOf(dir);
  for (const file of Object.values(files)) rmSync(file, { force: true });
  writeFiles(command, dir);
  if (command.input === undefined) makeFifo(files.in);
  else writeFileSync(files.in, command.input, { mode: 0o600 });
  const stdin = command.input === undefined ? { fifo: files.in } : { file: files.in };
  const streams = { stdout: files.out, stderr: files.err, stdin };
  return launch({ argv: command.argv, cwd: turn.cwd, env: childEnv(env, runner, command), job, ...streams });
}

/** Whether a turn was ever started in the folder: `openTurn` then only reads it, or goes on with it. */
export function wasStarted(dir: string): boolean {
  return lastOf(openJournal(join(dir, "journal")), "launched") !== null;
}

const filesOf = (dir: string) => ({ out: join(dir, "out"), err: join(dir, "err"), in: join(dir, "in") });

type Started = {
  readonly identity: ProcessIdentity;
  readonly machine: Machine;
  /** It reads what we write; else it was given all at once. */
  readonly talks: boolean;
  readonly journal: Journal;
  /** null = it is not our child: we took over. */
  readonly exited: Promise<number> | null;
};

class LiveTurn implements OpenTurn {
  readonly ended: Promise<Outcome>;
  readonly #files: ReturnType<typeof filesOf>;
  readonly #left = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  readonly #clock: ReturnType<typeof createClock>;
  /** Asks without an answer. */
  readonly #open = new Set<string>();
  /** Lines that the protocol wants said, how many of them were given to the agent, and whether some may have been. */
  readonly #wanted: string[] = [];
  #given: number;
  /** We were ended while we gave it the lines up to here; null = no such doubt (any more). */
  #doubted: number | null;
  #count = 0;
  #code: number | null = null;
  #outcome: Outcome | null = null;
  #why: string | null;
  /** One writer at a time. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    readonly options: TurnOptions,
    readonly started: Started,
  ) {
    const { journal, exited } = started;
    this.#files = filesOf(options.dir);
    this.#given = lastOf(journal, "said")?.through ?? 0;
    const saying = lastOf(journal, "saying")?.through ?? 0;
    this.#doubted = saying > this.#given ? saying : null;
    this.#why = lastOf(journal, "stopping")?.why ?? null;
    this.#clock = createClock(options.limits, (why) => this.stop(why));
    void exited?.then((code) => {
      this.#code = code;
      this.#gone.resolve();
    });
    this.ended = this.#run();
  }

  async decide(ask: string, decision: Decision): Promise<boolean> {
    if (!this.#open.has(ask) || this.#outcome) return false;
    const lines = this.started.machine.decide(ask, decision);
    if (lines.length === 0) return false;
    this.started.journal.write({ type: "decided", ask, decision });
    this.#answered(ask);
    return await this.#tell(ask, lines);
  }

  stop(why: string): void {
    if (this.#why !== null || this.#outcome) return;
    this.#why = why;
    this.started.journal.write({ type: "stopping", why });
    void this.#stop();
  }

  leave(): void {
    this.#clock.close();
    this.#left.abort();
  }

  async #run(): Promise<Outcome> {
    const { identity, journal, machine } = this.started;
    const settled = lastOf(journal, "ended");
    void this.#watch();
    if (this.#why !== null && !settled) void this.#stop();
    this.#hear(machine.begin());
    for await (const line of followLines(this.#files.out, { ended: this.#gone.promise, signal: this.#left.signal })) {
      this.#clock.heard();
      this.#hear(machine.line(line));
    }
    this.#clock.close();
    // Let go of: whoever opens the folder next hears how it ends.
    if (this.#left.signal.aborted) return new Promise(() => {});
    await stopJob({ job: this.options.job, root: identity, graceMs: 0 });
    const outcome = settled?.outcome ?? this.#end();
    if (!settled) journal.write({ type: "ended", outcome });
    return outcome;
  }

  /** Our own wish to stop says more than what the agent makes of it. */
  #end(): Outcome {
    const outcome = this.started.machine.end({ code: this.#code, errors: readEnd(this.#files.err, ERRORS_MAX) });
    if (this.#why === null || outcome.kind === "ok") return outcome;
    return { kind: "interrupted", message: this.#why };
  }

  #hear({ said, say }: Heard) {
    // What makes it speak, once it has all that is in doubt, is an answer to that.
    if (this.#doubted !== null && this.#wanted.length >= this.#doubted && said.length + say.length > 0) {
      this.#given = this.#doubted;
      this.#doubted = null;
    }
    for (const one of said) {
      this.options.hear(one, this.#count++);
      this.#note(one);
    }
    this.#wanted.push(...say);
    this.#say();
  }

  #note(said: Said) {
    if (said.kind === "ask") this.#asked(said.ask.id);
    else if (said.kind === "withdrawn") this.#answered(said.id);
    else if (said.kind === "outcome") {
      this.#outcome = said.outcome;
      setTimeout(() => void this.#stop(), LINGER_MS).unref();
    }
  }

  /** What was decided before a crash of ours is not asked again; whether the agent was told then is in the journal. */
  #asked(ask: string) {
    const { journal, machine } = this.started;
    const decided = journal.entries.find((entry) => entry.type === "decided" && entry.ask === ask);
    if (decided?.type !== "decided") {
      this.#open.add(ask);
      return this.#clock.pause();
    }
    const lines = machine.decide(ask, decided.decision);
    const told = journal.entries.some((entry) => entry.type === "told" && entry.ask === ask);
    if (!told) void this.#tell(ask, lines);
  }

  /** Told twice at worst, if we are killed in between: the agent knows its own request by its id. */
  async #tell(ask: string, lines: readonly string[]): Promise<boolean> {
    const written = await this.#write(lines);
    if (written) this.started.journal.write({ type: "told", ask });
    return written;
  }

  #answered(ask: string) {
    if (this.#open.delete(ask) && this.#open.size === 0) this.#clock.resume();
  }

  /** Gives the agent what the protocol wants said and it was not given yet. What it may have been given is not said again. */
  #say() {
    const [through, { journal, talks }] = [this.#wanted.length, this.started];
    if (through <= this.#given || !talks) return;
    if (this.#doubted !== null) return this.#await();
    const lines = this.#wanted.slice(this.#given);
    this.#given = through;
    journal.write({ type: "saying", through });
    void this.#write(lines).then((written) => written && journal.write({ type: "said", through }));
  }

  /** Said twice, a prompt would be done twice: whether it was heard only its answer tells. */
  #await() {
    const giveUp = () =>
      this.#doubted !== null && this.stop("Longhouse was ended while it handed the prompt over, and it was not heard.");
    setTimeout(giveUp, this.options.limits.doubt ?? DOUBT_MS).unref();
  }

  #write(lines: readonly string[]): Promise<boolean> {
    const text = lines.map((line) => `${line}\n`).join("");
    const write = async () => {
      try {
        return await writeFifo(this.#files.in, text, WRITE_MS);
      } catch (error) {
        this.stop(error instanceof Error ? error.message : String(error));
        return false;
      }
    };
    const writing = this.#writing.then(write);
    this.#writing = writing;
    return writing;
  }

  /** By its own protocol first, so that it writes down what it has; then by signals. */
  async #stop() {
    const { job, limits } = this.options;
    if (!this.#outcome) {
      const lines = this.started.machine.interrupt();
      if (lines) await this.#write(lines);
      await Promise.race([this.#gone.promise, Bun.sleep(limits.grace)]);
    }
    await stopJob({ job, root: this.started.identity, graceMs: limits.grace });
    this.#gone.resolve();
  }

  /** Of a process that is not our child nobody tells us that it ended. */
  async #watch() {
    while (isRunning(this.started.identity) && !this.#left.signal.aborted)
      await Promise.race([this.#gone.promise, Bun.sleep(EXIT_LOOK_MS)]);
    this.#gone.resolve();
  }
}

/** Puts the files that a command needs into the turn's folder. */
export function writeFiles({ files = {} }: Command, dir: string): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true, mode: 0o700 });
    const bytes = typeof text === "string" ? text : Buffer.from(text.base64, "base64");
    writeFileSync(join(dir, name), bytes, { mode: 0o600 });
  }
}
