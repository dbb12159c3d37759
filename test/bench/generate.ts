#!/usr/bin/env bun
// Writes a large, deterministic history of Claude Code and Codex sessions, shaped like the real ones.
//
//   bun generate.ts OUT [--sessions 2000] [--turns 12] [--seed 42] [--text DIR] [--until 2026-08-20]
//
// OUT/.claude/projects/… and OUT/.codex/sessions/…: use OUT as HOME. About 0.2 MB a session at 12 turns.
// Text comes from the .md and source files below DIR (default: this folder's nearest node_modules), so words have a natural
// distribution. Words to look for: "zanzibarquux" in 1 of 250 prompts, "flumoxidator" once in every 1,000th session, "hyperspanner" in exactly one session.
import { mkdirSync, openSync, writeSync, closeSync, readFileSync, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Glob } from "bun";

const { values: opt, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sessions: { type: "string", default: "2000" },
    turns: { type: "string", default: "12" },
    seed: { type: "string", default: "42" },
    text: { type: "string" },
    until: { type: "string", default: "2026-08-20" },
  },
});
const out = resolve(positionals[0] ?? "history");
const sessions = Number(opt.sessions),
  meanTurns = Number(opt.turns);

// mulberry32: same seed, same history
let state = Number(opt.seed) >>> 0;
const random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const int = (lo: number, hi: number) => lo + Math.floor(random() * (hi - lo + 1));
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const hex = (n: number) => Array.from({ length: n }, () => "0123456789abcdef"[int(0, 15)]).join("");
const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
const lognormal = () => Math.exp(0.8 * Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random()));

function textDir(): string {
  if (opt.text) return opt.text;
  for (let dir = process.cwd(); dir !== "/"; dir = dirname(dir))
    if (existsSync(join(dir, "node_modules"))) return join(dir, "node_modules");
  throw new Error("no node_modules found: pass --text DIR");
}

const prose: string[] = [],
  code: { name: string; text: string }[] = [];
const files = [...new Glob("**/*.{md,ts,js,css,py,go,rs}").scanSync({ cwd: textDir(), onlyFiles: true })]
  .sort()
  .filter((f) => !f.endsWith(".min.js"));
for (
  let i = 0;
  i < files.length && (prose.length < 4000 || code.length < 6000);
  i += Math.max(1, Math.floor(files.length / 3000))
) {
  const name = files[i]!,
    body = readFileSync(join(textDir(), name), "utf8").slice(0, 200_000);
  if (name.endsWith(".md"))
    prose.push(
      ...body
        .split("\n\n")
        .map((p) => p.trim())
        .filter((p) => p.length > 40 && p.length < 1200)
        .slice(0, 40),
    );
  else {
    const lines = body.split("\n");
    for (let at = 0; at < Math.min(lines.length, 400); at += 40)
      code.push({
        name,
        text: lines
          .slice(at, at + 40)
          .join("\n")
          .slice(0, 6000),
      });
  }
}
if (!prose.length || !code.length) throw new Error("too little text below " + textDir());

const projects = Array.from({ length: 24 }, (_, i) => `/home/u/work/project-${String(i).padStart(2, "0")}`);
const end = Date.parse(opt.until + "T00:00:00Z");
let bytes = 0,
  records = 0;

function writer(path: string) {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, "w");
  let buffer: string[] = [];
  const flush = () => {
    if (buffer.length) {
      const b = Buffer.from(buffer.join(""));
      writeSync(fd, b);
      bytes += b.length;
      buffer = [];
    }
  };
  return {
    line(o: unknown) {
      buffer.push(JSON.stringify(o) + "\n");
      records++;
      if (buffer.length > 500) flush();
    },
    close() {
      flush();
      closeSync(fd);
    },
  };
}

const needle = (session: number) =>
  (random() < 0.004 ? " zanzibarquux" : "") +
  (session % 1000 === 500 ? " flumoxidator" : "") +
  (session === Math.floor(sessions / 2) ? " hyperspanner" : "");
/** One in five sessions is on main, the others on one of 97 branches. */
const branchOf = (session: number) => (session % 5 === 0 ? "main" : `work-${session % 97}`);
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/** One in 40 sessions begins with a picture. */
const promptOf = (session: number, turn: number, text: string) =>
  turn === 0 && session % 40 === 0
    ? [
        { type: "text", text },
        { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
      ]
    : text;
const toolInput = (kind: string, cwd: string, at: { name: string; text: string }) =>
  kind === "Bash"
    ? { command: `rg -n "${pick(at.text.split(/\W+/)) || "x"}" ${at.name}`, description: "search" }
    : kind === "Read"
      ? { file_path: `${cwd}/${at.name}` }
      : kind === "Edit"
        ? {
            file_path: `${cwd}/${at.name}`,
            old_string: at.text.slice(0, 400),
            new_string: at.text.slice(0, 380) + "// changed",
          }
        : kind === "Grep"
          ? { pattern: pick(at.text.split(/\W+/)) || "x", path: cwd }
          : { file_path: `${cwd}/${at.name}`, content: at.text };

function claude(session: number) {
  const cwd = pick(projects),
    id = uuid();
  let at = end - int(0, 180 * 24 * 3600) * 1000,
    parent: string | null = null;
  const file = writer(join(out, ".claude/projects", cwd.replace(/[^A-Za-z0-9-]/g, "-"), `${id}.jsonl`));
  const put = (type: string, extra: object) => {
    const u = uuid();
    file.line({
      parentUuid: parent,
      isSidechain: false,
      userType: "external",
      cwd,
      sessionId: id,
      version: "2.1.120",
      gitBranch: branchOf(session),
      type,
      ...extra,
      uuid: u,
      timestamp: new Date(at).toISOString(),
    });
    parent = u;
  };
  for (let turn = 0, turns = Math.max(2, Math.round(lognormal() * meanTurns)); turn < turns; turn++) {
    at += int(5, 400) * 1000;
    const text = pick(prose) + (turn === 0 ? needle(session) : "");
    put("user", { message: { role: "user", content: promptOf(session, turn, text) } });
    for (let step = int(1, 6); step > 0; step--) {
      at += int(2, 40) * 1000;
      const message = {
        id: `msg_${hex(20)}`,
        type: "message",
        role: "assistant",
        model: "claude-sonnet-4-5",
        stop_reason: null,
        usage: {
          input_tokens: int(3, 900),
          cache_creation_input_tokens: int(0, 9000),
          cache_read_input_tokens: int(9000, 150000),
          output_tokens: int(20, 1500),
        },
      };
      const block = (content: object) =>
        put("assistant", { requestId: `req_${message.id}`, message: { ...message, content: [content] } });
      if (random() < 0.4) block({ type: "thinking", thinking: pick(prose), signature: hex(120) });
      if (random() < 0.6) block({ type: "text", text: `${pick(prose)}\n\n${pick(prose)}` });
      const kind = pick(["Bash", "Read", "Edit", "Grep", "Write"]),
        source = pick(code),
        call = `toolu_${hex(22)}`;
      block({ type: "tool_use", id: call, name: kind, input: toolInput(kind, cwd, source) });
      at += int(1, 20) * 1000;
      const result = kind === "Bash" || kind === "Read" || kind === "Grep" ? source.text : "The file has been updated.";
      // One session in ten has calls that fail.
      const failed = session % 10 === 3 && step === 1 ? { is_error: true } : {};
      put("user", {
        message: { role: "user", content: [{ tool_use_id: call, type: "tool_result", content: result, ...failed }] },
        toolUseResult: kind === "Bash" ? { stdout: result, stderr: "", interrupted: false } : { type: "text" },
      });
    }
  }
  file.close();
}

function codex(session: number) {
  const cwd = pick(projects),
    id = uuid();
  let at = end - int(0, 180 * 24 * 3600) * 1000,
    total = 0;
  const day = new Date(at).toISOString();
  const file = writer(
    join(
      out,
      ".codex/sessions",
      day.slice(0, 10).replaceAll("-", "/"),
      `rollout-${day.slice(0, 19).replaceAll(":", "-")}-${id}.jsonl`,
    ),
  );
  const put = (type: string, payload: object) => file.line({ timestamp: new Date(at).toISOString(), type, payload });
  put("session_meta", {
    id,
    timestamp: day,
    cwd,
    originator: "codex_cli_rs",
    cli_version: "0.44.0",
    instructions: null,
    git: { branch: branchOf(session), repository_url: `https://example.com/${cwd.split("/").pop()}.git` },
  });
  for (let turn = 0, turns = Math.max(2, Math.round(lognormal() * meanTurns)); turn < turns; turn++) {
    at += int(5, 400) * 1000;
    put("turn_context", {
      cwd,
      approval_policy: "on-request",
      model: "gpt-5-codex",
      effort: "medium",
      summary: "auto",
    });
    const text = pick(prose) + (turn === 0 ? needle(session) : "");
    put("response_item", { type: "message", role: "user", content: [{ type: "input_text", text }] });
    put("event_msg", { type: "user_message", message: text, kind: "plain" });
    for (let step = int(1, 5); step > 0; step--) {
      at += int(2, 40) * 1000;
      const source = pick(code),
        call = `call_${hex(18)}`;
      put("response_item", {
        type: "reasoning",
        summary: [{ type: "summary_text", text: pick(prose).slice(0, 200) }],
        content: null,
        encrypted_content: hex(200),
      });
      put("response_item", {
        type: "function_call",
        name: "shell",
        arguments: JSON.stringify({ command: ["bash", "-lc", `rg -n x ${source.name}`] }),
        call_id: call,
      });
      put("response_item", {
        type: "function_call_output",
        call_id: call,
        output: JSON.stringify({ output: source.text, metadata: { exit_code: 0, duration_seconds: 0.1 } }),
      });
      total += int(100, 4000);
      put("event_msg", {
        type: "token_count",
        info: {
          total_token_usage: {
            input_tokens: total,
            cached_input_tokens: total >> 1,
            output_tokens: Math.round(total / 10),
            reasoning_output_tokens: 0,
            total_tokens: total,
          },
          last_token_usage: {
            input_tokens: 2000,
            cached_input_tokens: 1000,
            output_tokens: 200,
            reasoning_output_tokens: 0,
            total_tokens: 2200,
          },
          model_context_window: 272000,
        },
        rate_limits: null,
      });
    }
    const answer = `${pick(prose)}\n\n${pick(prose)}`;
    put("response_item", { type: "message", role: "assistant", content: [{ type: "output_text", text: answer }] });
    put("event_msg", { type: "agent_message", message: answer });
  }
  file.close();
}

for (let session = 0; session < sessions; session++) {
  if (session % 4 === 3) codex(session);
  else claude(session);
}
console.log(JSON.stringify({ out, sessions, records, bytes }));
