/**
 * A stand-in for Claude Code in PATH, for tests of the whole way from the page to the process: it speaks the same protocol on
 * its pipes and writes the same transcript. A prompt holds what it does: `FAKE:[{"say": "hi"}, {"bash": "ls", "ask": true}]`.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { tempDir } from "./temp.ts";

/** One thing that it does. */
export type Act =
  | { readonly say: string }
  | { readonly bash: string; readonly ask?: boolean }
  | { readonly question: string; readonly options: readonly string[] }
  | { readonly plan: string }
  /** Says nothing until the file is there. */
  | { readonly until: string }
  | { readonly sleep: number }
  /** Calls a tool of the archive that it was given for the turn. */
  | { readonly mcp: string; readonly args: object };

/** A prompt that makes it do so. */
export const acts = (...all: readonly Act[]): string => `Please. FAKE:${JSON.stringify(all)}`;

/** Variables of a server that finds it as `claude`. */
export function withFakeClaude(): { readonly PATH: string } {
  const bin = tempDir("fake-claude");
  const run = `#!/bin/sh\nexec ${process.execPath} ${import.meta.path} "$@"\n`;
  writeFileSync(join(bin, "claude"), run, { mode: 0o755 });
  return { PATH: [bin, process.env.PATH].join(delimiter) };
}

// oxlint-disable-next-line typescript/no-explicit-any -- a protocol of others, taken apart as it comes
type Json = any;

/** `--name=value`, or "" of a flag alone; null = it is not given. */
function flag(name: string): string | null {
  const found = process.argv.find((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  return found?.slice(name.length + 3) ?? null;
}

const tell = (line: Json) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** What is said to it, line by line. */
function listen() {
  const lines: Json[] = [];
  const waiting: (() => void)[] = [];
  void (async () => {
    let rest = "";
    for await (const bytes of Bun.stdin.stream()) {
      const parts = (rest + Buffer.from(bytes).toString()).split("\n");
      rest = parts.pop()!;
      for (const part of parts) {
        const line: Json = JSON.parse(part);
        if (line.request?.subtype === "interrupt") interrupted();
        lines.push(line);
      }
      for (const wake of waiting.splice(0)) wake();
    }
  })();
  return async (is: (line: Json) => boolean): Promise<Json> => {
    for (;;) {
      const at = lines.findIndex(is);
      if (at >= 0) return lines.splice(at, 1)[0];
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
}

function interrupted() {
  tell({ type: "result", subtype: "error_during_execution", is_error: true, terminal_reason: "aborted_tools" });
  process.exit(1);
}

type Session = { readonly id: string; readonly file: string };

/** Goes on in the file that it has; a fork begins one of its own with all that was said. */
function open(): Session {
  const projects = join(process.env.HOME!, ".claude/projects");
  const own = join(projects, process.cwd().replace(/[^A-Za-z0-9]/g, "-"));
  mkdirSync(own, { recursive: true });
  const from = flag("resume");
  if (from === null) return fileOf(own, crypto.randomUUID());
  const dir = readdirSync(projects).find((each) => existsSync(join(projects, each, `${from}.jsonl`)));
  if (dir === undefined) {
    tell({
      type: "result",
      subtype: "error_during_execution",
      is_error: true,
      errors: [`No conversation found ${from}`],
    });
    process.exit(1);
  }
  const old = fileOf(join(projects, dir), from);
  if (flag("fork-session") === null) return old;
  const forked = fileOf(own, crypto.randomUUID());
  writeFileSync(forked.file, readFileSync(old.file, "utf8").replaceAll(from, forked.id));
  return forked;
}

const fileOf = (dir: string, id: string): Session => ({ id, file: join(dir, `${id}.jsonl`) });

function noteIn({ id, file }: Session, type: "user" | "assistant", message: Json) {
  const about = { parentUuid: null, isSidechain: false, cwd: process.cwd(), sessionId: id, version: "2.1.300" };
  const line = { ...about, type, message, uuid: crypto.randomUUID(), timestamp: new Date().toISOString() };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

const USAGE = { input_tokens: 5, output_tokens: 7, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };

function put(session: Session, block: Json, stop: string) {
  const model = flag("model") ?? "claude-fake-1";
  const base = { id: `msg_${crypto.randomUUID()}`, type: "message", role: "assistant", model, content: [block] };
  noteIn(session, "assistant", { ...base, stop_reason: stop, usage: USAGE });
  tell({ type: "assistant", message: base, parent_tool_use_id: null, session_id: session.id });
}

async function say(session: Session, text: string) {
  for (const word of text.split(/(?<= )/))
    tell({
      type: "stream_event",
      event: { type: "content_block_delta", delta: { text: word } },
      parent_tool_use_id: null,
    });
  await Bun.sleep(5);
  put(session, { type: "text", text }, "end_turn");
}

type Hear = ReturnType<typeof listen>;

/** null = it may, with this input. */
async function refused(hear: Hear, id: string, name: string, input: Json): Promise<string | null> {
  const rule = { type: "addRules", rules: [{ toolName: name }], behavior: "allow", destination: "localSettings" };
  const request = { subtype: "can_use_tool", tool_name: name, input, permission_suggestions: [rule] };
  tell({ type: "control_request", request_id: `ask-${id}`, request });
  const { response } = await hear(({ response: one }) => one?.request_id === `ask-${id}`);
  if (response.response.updatedPermissions) allowed.add(name);
  if (response.response.behavior === "deny") return String(response.response.message);
  Object.assign(input, response.response.updatedInput);
  return null;
}

const allowed = new Set<string>();

type Call = { readonly name: string; readonly input: Json; readonly ask: boolean; run(input: Json): Promise<string> };

async function call(session: Session, hear: Hear, { name, input, ask, run }: Call) {
  const id = `toolu_${crypto.randomUUID()}`;
  put(session, { type: "tool_use", id, name, input }, "tool_use");
  const free = flag("permission-mode") === "bypassPermissions" || allowed.has(name);
  const no = ask && !free ? await refused(hear, id, name, input) : null;
  const content = no ?? (await run(input));
  const block = { type: "tool_result", tool_use_id: id, content, is_error: no !== null };
  noteIn(session, "user", { role: "user", content: [block] });
  tell({ type: "user", message: { role: "user", content: [block] }, parent_tool_use_id: null });
}

async function sh({ command }: Json): Promise<string> {
  const child = Bun.spawn(["sh", "-c", command], { stdio: ["ignore", "pipe", "ignore"] });
  return (await new Response(child.stdout).text()) || "done";
}

/** A tool of the archive, as its MCP server gives it. */
async function remote(name: string, args: object): Promise<string> {
  const file = flag("mcp-config");
  if (file === null) return "no tools were given";
  const { url, headers }: Json = JSON.parse(readFileSync(file, "utf8")).mcpServers.longhouse;
  const method = "tools/call";
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { name, arguments: args } }),
  });
  return `${answer.status} ${await answer.text()}`;
}

async function act(session: Session, hear: Hear, one: Act) {
  if ("say" in one) return say(session, one.say);
  if ("sleep" in one) return Bun.sleep(one.sleep);
  if ("until" in one) {
    while (!existsSync(one.until)) await Bun.sleep(10);
    return;
  }
  if ("bash" in one) {
    const input = { command: one.bash };
    return call(session, hear, { name: "Bash", input, ask: one.ask === true, run: sh });
  }
  if ("mcp" in one)
    return call(session, hear, {
      name: `mcp__${one.mcp}`,
      input: one.args,
      ask: false,
      run: () => remote(one.mcp, one.args),
    });
  if ("plan" in one)
    return call(session, hear, {
      name: "ExitPlanMode",
      input: { plan: one.plan },
      ask: true,
      run: async () => "approved",
    });
  const question = { question: one.question, options: one.options.map((label) => ({ label })), multiSelect: false };
  const run = async ({ answers }: Json) => JSON.stringify(answers);
  return call(session, hear, { name: "AskUserQuestion", input: { questions: [question] }, ask: true, run });
}

function scriptIn(text: string): readonly Act[] {
  const at = text.indexOf("FAKE:");
  return at < 0 ? [{ say: `You said ${text}` }] : (JSON.parse(text.slice(at + 5)) as Act[]);
}

async function main() {
  // A test that is over took its home away: nobody would end what it left.
  setInterval(() => existsSync(process.env.HOME!) || process.exit(1), 1000).unref();
  appendFileSync(join(process.env.HOME!, "claude-was-called"), `${JSON.stringify(process.argv.slice(2))}\n`);
  const hear = listen();
  const { message } = await hear(({ type }) => type === "user");
  const session = open();
  tell({ type: "system", subtype: "init", session_id: session.id });
  noteIn(session, "user", message);
  const text = (message.content as Json[]).findLast(({ type }) => type === "text").text as string;
  for (const one of scriptIn(text)) await act(session, hear, one);
  tell({ type: "result", subtype: "success", is_error: false, result: "", usage: USAGE, total_cost_usd: 0.01 });
  // As the real one: its input is open, so it waits for more.
  await hear(() => false);
}

if (import.meta.main) await main();
