/**
 * Runs one agent for one turn, headless, and tells truthfully what became of it. Whatever happens, nothing that it started is
 * left when this returns.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tokens } from "../../domain/event.ts";
import { Fault } from "../../domain/fault.ts";
import { KIB } from "../../domain/limits.ts";
import type { Env } from "../../domain/provider.ts";
import type { Command, Machine, Outcome, Runner, Said, Turn } from "../../domain/turn.ts";
import { readEnd } from "../../lib/files.ts";
import { followLines } from "../../lib/process/follow.ts";
import { launch, type Launched } from "../../lib/process/launch.ts";
import { stopJob } from "../../lib/process/stop.ts";
import { childEnv } from "../child-env.ts";
import { seconds } from "../turn/clock.ts";
import { writeFiles } from "../turn/turn.ts";

export type HatchOptions = {
  readonly runner: Runner;
  readonly turn: Turn;
  /** Of whoever called; the agent gets a part of it. */
  readonly env: Env;
  /** Where its folder is made, until it ends; absent = the system's place for such. Some agents trust no file in that. */
  readonly base?: string;
  /** Its whole time, and the longest it may say nothing, ms. */
  readonly limits: { readonly total: number; readonly silence: number; readonly grace: number };
  /** Asks the agent to stop and waits for its grace. */
  readonly stop?: AbortSignal;
  /** Ends everything at once. */
  readonly kill?: AbortSignal;
  /** Told of each thing as it is said. */
  readonly hear?: (said: Said) => void;
};

export type HatchStatus = "ok" | "error" | "timeout" | "not_found" | "config_error";

export type HatchResult = {
  readonly status: HatchStatus;
  readonly outcome: Outcome;
  /** The final reply, as far as it came; "" when there was none. */
  readonly output: string;
  readonly sessionId: string | null;
  /** null = it was ended by us, or never began. */
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** The end of its standard error, at most 8 KiB. */
  readonly errors: string;
  readonly tokens: Tokens | null;
  readonly costUsd: number | null;
};

/** Once the agent has given its outcome it may take so long to end by itself (last lines, background work), ms. */
const LINGER_MS = 10_000;
const ERRORS_MAX = 8 * KIB;

type Heard = {
  output: string;
  partial: string;
  sessionId: string | null;
  tokens: Tokens | null;
  costUsd: number | null;
};
type Cut = "total" | "silence" | "stop" | "kill" | "lingered";

/** Never rejects but for faults of this machine (no room, no permission in its temporary folder). */
export async function hatch(options: HatchOptions): Promise<HatchResult> {
  const began = performance.now();
  if (options.base) mkdirSync(options.base, { recursive: true, mode: 0o700 });
  const dir = mkdtempSync(join(options.base ?? tmpdir(), "longhouse-hatch-"));
  try {
    const done = await run(options, dir);
    return { ...done, durationMs: Math.round(performance.now() - began) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function run(options: HatchOptions, dir: string): Promise<Omit<HatchResult, "durationMs">> {
  const { command, machine } = options.runner.headless(options.turn, dir);
  const job = crypto.randomUUID();
  writeFiles(command, dir);
  const files = { stdout: join(dir, "out"), stderr: join(dir, "err"), input: join(dir, "in") };
  writeFileSync(files.stdout, "", { mode: 0o600 });
  writeFileSync(files.input, command.input ?? "", { mode: 0o600 });
  const started = begin(options, command, job, files);
  if (started instanceof Fault) return neverBegan(options.runner, started);
  const heard: Heard = { output: "", partial: "", sessionId: null, tokens: null, costUsd: null };
  const ended = await listen(options, { machine, heard, started, job, stdout: files.stdout });
  const errors = readEnd(files.stderr, ERRORS_MAX);
  const outcome = ended.cut ? cutShort(ended, machine, errors) : machine.end({ code: ended.code, errors });
  return { ...settled(outcome, ended.cut), outcome, exitCode: ended.cut ? null : ended.code, errors, ...shown(heard) };
}

type Files = { readonly stdout: string; readonly stderr: string; readonly input: string };

function begin({ runner, turn, env }: HatchOptions, command: Command, job: string, files: Files): Launched | Fault {
  try {
    const stdin = command.input === undefined ? null : { file: files.input };
    return launch({ argv: command.argv, cwd: turn.cwd, env: childEnv(env, runner, command), job, ...files, stdin });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function neverBegan(runner: Runner, fault: Fault): Omit<HatchResult, "durationMs"> {
  const missing = fault.message.startsWith(runner.program);
  const message = missing ? `${fault.message}. Install it: ${runner.install}` : fault.message;
  return {
    status: missing ? "not_found" : "config_error",
    outcome: { kind: "lost", message },
    exitCode: null,
    errors: "",
    ...shown({ output: "", partial: "", sessionId: null, tokens: null, costUsd: null }),
  };
}

type Listening = {
  readonly machine: Machine;
  readonly heard: Heard;
  readonly started: Launched;
  readonly job: string;
  readonly stdout: string;
};

/** Reads what it says until it has ended or was ended; `cut` = why we ended it. */
async function listen(options: HatchOptions, { machine, heard, started, job, stdout }: Listening) {
  const { limits, hear, stop, kill } = options;
  const over = new AbortController();
  let cut: Cut | null = null;
  const stopping = Promise.withResolvers<void>();
  const end = async (why: Cut) => {
    if (cut && why !== "kill") return;
    cut = why;
    await stopJob({ job, root: started.identity, graceMs: why === "kill" ? 0 : limits.grace });
    stopping.resolve();
  };
  const total = setTimeout(end, limits.total, "total");
  let silence = setTimeout(end, limits.silence, "silence");
  stop?.addEventListener("abort", () => end("stop"), { once: true });
  kill?.addEventListener("abort", () => end("kill"), { once: true });
  const exited = Promise.race([started.exited, stopping.promise]);
  try {
    for await (const line of followLines(stdout, { ended: exited, signal: over.signal })) {
      clearTimeout(silence);
      const { said } = machine.line(line);
      for (const one of said) {
        note(heard, one);
        hear?.(one);
      }
      const final = said.some(({ kind }) => kind === "outcome");
      silence = setTimeout(end, final ? LINGER_MS : limits.silence, final ? "lingered" : "silence");
    }
    const code = cut ? null : await started.exited;
    return { code, cut: cut as Cut | null, limits };
  } finally {
    clearTimeout(total);
    clearTimeout(silence);
    over.abort();
    // What it left in the background goes with it.
    await stopJob({ job, root: started.identity, graceMs: cut ? 0 : limits.grace });
  }
}

function note(heard: Heard, said: Said) {
  if (said.kind === "session") heard.sessionId = said.id;
  else if (said.kind === "delta") heard.partial += said.text;
  else if (said.kind === "reply") Object.assign(heard, { output: said.text, partial: "" });
  else if (said.kind === "usage") Object.assign(heard, { tokens: said.tokens, costUsd: said.costUsd });
}

/** Its last words, also those of a reply that was cut off in the middle. */
function shown({ output, partial, ...rest }: Heard) {
  return { ...rest, output: partial || output };
}

type Ended = { readonly cut: Cut | null; readonly limits: HatchOptions["limits"] };

function cutShort({ cut, limits }: Ended, machine: Machine, errors: string): Outcome {
  if (cut === "lingered") return machine.end({ code: null, errors });
  if (cut === "total") return { kind: "interrupted", message: `It was ended after ${seconds(limits.total)}.` };
  if (cut === "silence") return { kind: "interrupted", message: `It said nothing for ${seconds(limits.silence)}.` };
  return { kind: "interrupted", message: "It was stopped." };
}

function settled({ kind }: Outcome, cut: Cut | null): { readonly status: HatchStatus } {
  if (cut === "total" || cut === "silence") return { status: "timeout" };
  if (kind === "ok") return { status: "ok" };
  return { status: kind === "auth" ? "config_error" : "error" };
}
