/** `longhouse hatch`: one turn of any agent, with the same flags, the same answer and the same exit codes for all. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineCommand } from "citty";
import { hatch, type HatchResult, type HatchStatus } from "../commis/hatch/hatch.ts";
import { loadConfig } from "../config.ts";
import type { Provider } from "../domain/provider.ts";
import { isSessionId } from "../domain/session-id.ts";
import type { Said, Turn } from "../domain/turn.ts";
import { plain } from "../lib/ansi.ts";
import { absolute } from "../lib/settings.ts";
import { PROVIDERS } from "../providers/all.ts";
import { usageFault } from "./exit.ts";
import { JSON_FLAG } from "./flags.ts";
import { handOver } from "./hatch-archive.ts";
import { toolsFor } from "./hatch-tools.ts";
import { note, paintNotes, print, printJson } from "./terminal.ts";

/** Half an hour; an agent that says nothing for ten minutes hangs. Seconds. */
const TIMEOUT_S = 1800;
const SILENCE_S = 600;
const GRACE_MS = 5000;
/** Exit codes of PRODUCT section 10; scripts rely on them. */
const EXIT_OF: Readonly<Record<HatchStatus, number>> = { ok: 0, error: 1, timeout: 2, not_found: 3, config_error: 4 };

const RUNNABLE = PROVIDERS.filter(({ runner }) => runner);
const NAMES = RUNNABLE.map(({ name }) => name);

export const hatching = defineCommand({
  meta: { name: "hatch", description: "Run an agent for one turn; it may do all it wants in its folder" },
  args: {
    words: { type: "positional", required: false, description: "The prompt; - reads it from standard input" },
    backend: { type: "string", alias: "b", valueHint: NAMES.join("|"), description: `Which agent (${NAMES[0]})` },
    timeout: { type: "string", alias: "t", valueHint: "SECONDS", description: `Ends everything then (${TIMEOUT_S})` },
    silence: { type: "string", valueHint: "SECONDS", description: `Ends an agent that says nothing (${SILENCE_S})` },
    cwd: { type: "string", alias: "C", valueHint: "DIR", description: "The folder it works in (this one)" },
    model: { type: "string", valueHint: "NAME", description: "As the agent calls it" },
    resume: { type: "string", alias: "r", valueHint: "ID", description: "Go on with this session of the agent's" },
    permission: { type: "string", valueHint: "all|edits|plan", description: "What it may do without asking (all)" },
    tools: { type: "boolean", default: true, negativeDescription: "Do not give it the archive's tools" },
    verbose: { type: "boolean", alias: "v", description: "Show tools and thinking on stderr as they come" },
    json: JSON_FLAG,
  },
  async run({ args }) {
    const agent = agentOf(args.backend);
    const config = loadConfig();
    const turn = await turnOf(args, args._);
    const limits = limitsOf(args);
    const [stop, kill] = interrupts();
    const given = args.tools ? await toolsFor(config, agent) : null;
    const result = await hatch({
      runner: agent.runner!,
      turn: { ...turn, tools: given?.tools ?? null },
      env: config.env,
      // Longhouse makes no home where there is none.
      ...(existsSync(config.home) && { base: join(config.home, "hatch") }),
      limits,
      stop,
      kill,
      ...(args.verbose && { hear: tellSaid }),
    });
    await given?.end();
    if (result.sessionId !== null) handOver(config, { provider: agent.name, session: result.sessionId });
    if (args.json) printJson(shown(agent.name, result));
    else tell(result);
    return EXIT_OF[result.status];
  },
});

function agentOf(name = NAMES[0]!): Provider {
  const agent = RUNNABLE.find((one) => one.name === name);
  if (!agent) throw usageFault(`--backend: ${JSON.stringify(name)} cannot be run.`, `Accepted: ${NAMES.join(", ")}.`);
  return agent;
}

type Args = { readonly cwd?: string; readonly model?: string; readonly resume?: string; readonly permission?: string };

async function turnOf(args: Args, words: readonly string[]): Promise<Turn> {
  const cwd = absolute(args.cwd ?? ".");
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw usageFault(`--cwd: there is no folder ${cwd}.`);
  return {
    prompt: await promptOf(words),
    cwd,
    resume: args.resume === undefined ? null : sessionOf(args.resume),
    fork: false,
    model: args.model ?? null,
    permission: permissionOf(args.permission),
    images: [],
    tools: null,
  };
}

async function promptOf(words: readonly string[]): Promise<string> {
  const fromInput = words.length === 0 ? !process.stdin.isTTY : words.length === 1 && words[0] === "-";
  const prompt = fromInput ? await Bun.stdin.text() : words.join(" ");
  if (prompt.trim() === "")
    throw usageFault("What is it to do?", 'Type: longhouse hatch "PROMPT", or: … | longhouse hatch -');
  return prompt;
}

function sessionOf(id: string): string {
  if (isSessionId(id)) return id;
  throw usageFault("--resume: this is no session id.", "Accepted: letters, digits, dots, dashes and underscores.");
}

function permissionOf(text = "all"): "all" | "edits" | "plan" {
  if (text === "all" || text === "edits" || text === "plan") return text;
  throw usageFault(`--permission: ${JSON.stringify(text)} is none.`, "Accepted: all, edits, plan.");
}

function limitsOf({ timeout, silence }: { readonly timeout?: string; readonly silence?: string }) {
  const [total, quiet] = [msOf("--timeout", timeout, TIMEOUT_S), msOf("--silence", silence, SILENCE_S)];
  return { total, silence: quiet, grace: GRACE_MS };
}

function msOf(flag: string, text: string | undefined, seconds: number): number {
  const value = text === undefined ? seconds : Number(text);
  if (Number.isFinite(value) && value > 0 && value <= 604_800) return value * 1000;
  throw usageFault(`${flag}: ${JSON.stringify(text)} is no time.`, "Accepted: seconds, at most 604800.");
}

/** Ctrl-C asks the agent to stop; a second one ends everything at once. */
function interrupts(): readonly [AbortSignal, AbortSignal] {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const press = () => (stop.signal.aborted ? kill : stop).abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, press);
  return [stop.signal, kill.signal];
}

function tellSaid(said: Said) {
  const { dim } = paintNotes();
  if (said.kind === "tool") note(dim(plain(`· ${said.name} ${said.target}`)));
  if (said.kind === "thinking") note(dim(plain(said.text)));
}

function tell({ output, outcome, errors, status }: HatchResult) {
  if (output !== "") print(output);
  if (status === "ok") return;
  note(`${paintNotes().red("longhouse:")} ${plain(outcome.message)}`);
  if (outcome.kind === "lost" && errors !== "" && !outcome.message.includes(errors)) note(plain(errors));
}

/** The object of `--json`: the same for every agent and every end. */
function shown(backend: string, result: HatchResult) {
  const { status, outcome, output, exitCode, durationMs, errors, sessionId, tokens, costUsd } = result;
  return {
    ok: status === "ok",
    status,
    backend,
    output,
    session_id: sessionId,
    outcome: outcome.kind,
    error: outcome.message === "" ? null : outcome.message,
    resets_at: outcome.resetsAt === undefined ? null : new Date(outcome.resetsAt).toISOString(),
    exit_code: exitCode,
    duration_ms: durationMs,
    tokens,
    cost_usd: costUsd,
    stderr: errors,
  };
}
