#!/usr/bin/env bun
// Scripted fake model server for end-to-end tests of real coding CLIs, loopback only.
// Speaks: Anthropic Messages, OpenAI Responses, OpenAI Chat Completions, Gemini generateContent.
//
//   FAKE_PORT=4010 FAKE_LOG=req.jsonl FAKE_SCENARIOS=scenarios.json bun server.ts
//
// It is stateless: the answer depends only on the conversation in the request. The last user
// prompt selects a script (an inline `FAKE:[...]` in the prompt, or the first scenario whose
// `match` regex fits); the number of model turns after that prompt selects the step. So retries,
// resumed sessions, forks, parallel sessions and subagents (own prompt, own script) all work.
//
// Step:   {text?, think?, tools?: Action[], delayMs?, chunkMs?, status?, error?}
// Action: {bash:"cmd"} {write:{path,content}} {read:"path"} {edit:{path,old,new}}
//         {task:{prompt,agent?}} {mcp:{server,tool,args}} {name:"RawTool",args:{...}}
// Control: GET /__log (requests so far), POST /__scenarios (replace), POST /__reset, GET /__health
import { appendFileSync, readFileSync } from "node:fs";

type Json = any;
type Step = {
  text?: string;
  think?: string;
  tools?: Json[];
  delayMs?: number;
  chunkMs?: number;
  status?: number;
  error?: string;
};
type Tool = { name: string; props: string[]; custom?: boolean; ns?: string };
type Call = { id: string; name: string; args: Json; custom?: string; ns?: string };
type Turn = { role: "user" | "model"; text: string; isPrompt: boolean };
type Plan = { step: Step; index: number; prompt: string; calls: Call[] };

let scenarios: { match: string; steps: Step[] }[] = process.env.FAKE_SCENARIOS
  ? JSON.parse(readFileSync(process.env.FAKE_SCENARIOS, "utf8"))
  : [];
let log: Json[] = [];
let seq = 0;
const uid = (p: string) => `${p}${Date.now().toString(36)}${(++seq).toString(36).padStart(4, "0")}`;
const sleep = (ms = 0) => (ms ? Bun.sleep(ms) : Promise.resolve());
const json = (body: Json, status = 200) => Response.json(body, { status });
const tokens = (s: string) => Math.max(1, Math.ceil(s.length / 4));

// ---------------------------------------------------------------- planning

/** First JSON array after "FAKE:" in s, found by bracket matching (strings respected). */
function inlineScript(s: string): Step[] | undefined {
  const start = s.indexOf("FAKE:[");
  if (start < 0) return;
  let depth = 0,
    inStr = false;
  for (let i = start + 5; i < s.length; i++) {
    const c = s[i];
    if (inStr) {
      if (c === "\\") i++;
      else if (c === '"') inStr = false;
      continue;
    }
    if (c === '"') inStr = true;
    else if (c === "[" || c === "{") depth++;
    else if ((c === "]" || c === "}") && --depth === 0) {
      try {
        return JSON.parse(s.slice(start + 5, i + 1));
      } catch {
        return;
      }
    }
  }
}

// Text the CLIs put into user messages by themselves: never a prompt.
const NOISE =
  /^\s*(<system-reminder>|<environment_context>|<user_instructions>|<INSTRUCTIONS>|# AGENTS\.md|<permissions|<session_context>|<skills_instructions>|<hook_context>|<subagent_notification>|<task-notification>|\[Request interrupted|This is the Gemini CLI)/;

function plan(turns: Turn[], tools: Tool[]): Plan {
  let at = turns.length - 1;
  while (at >= 0 && !(turns[at].role === "user" && turns[at].isPrompt)) at--;
  const prompt = at >= 0 ? turns[at].text : "";
  let index = 0;
  for (let i = at + 1; i < turns.length; i++) if (turns[i].role === "model" && turns[i - 1]?.role !== "model") index++;
  const steps = inlineScript(prompt) ?? scenarios.find((s) => new RegExp(s.match, "i").test(prompt))?.steps ?? [];
  const step = steps[index] ?? { text: steps.length ? "Done." : `Fake reply to: ${prompt.slice(-120).trim()}` };
  const calls = (step.tools ?? []).map((a) => toCall(a, tools)).filter((c): c is Call => !!c);
  return { step, index, prompt, calls };
}

const find = (tools: Tool[], ...names: string[]) => names.map((n) => tools.find((t) => t.name === n)).find(Boolean);
const key = (t: Tool, ...names: string[]) => names.find((n) => t.props.includes(n)) ?? names[0];
const PATH = ["file_path", "filePath", "absolute_path", "path"];

/** Turns a CLI-neutral action into a call of a tool that this request really offers. */
function toCall(a: Json, tools: Tool[]): Call | undefined {
  const call = (t: Tool | undefined, args: (t: Tool) => Json): Call | undefined =>
    t && { id: uid("call_"), name: t.name, args: args(t), ns: t.ns };
  if (a.name) return { id: uid("call_"), name: a.name, args: a.args ?? {}, custom: a.custom, ns: a.ns };
  if (a.bash !== undefined) {
    const t = find(tools, "Bash", "bash", "exec_command", "shell_command", "run_shell_command", "shell");
    return call(t, (t) =>
      t.name === "shell"
        ? { command: ["bash", "-lc", a.bash] }
        : { [key(t, "command", "cmd")]: a.bash, ...(t.props.includes("description") && { description: "scripted" }) },
    );
  }
  if (a.write) {
    const t = find(tools, "Write", "write", "write_file");
    if (t) return call(t, (t) => ({ [key(t, ...PATH)]: a.write.path, content: a.write.content }));
    const patch = `*** Begin Patch\n*** Add File: ${a.write.path}\n${a.write.content
      .replace(/\n$/, "")
      .split("\n")
      .map((l: string) => "+" + l)
      .join("\n")}\n*** End Patch\n`;
    return applyPatch(tools, patch);
  }
  if (a.edit) {
    const t = find(tools, "Edit", "edit", "replace");
    if (t)
      return call(t, (t) => ({
        [key(t, ...PATH)]: a.edit.path,
        [key(t, "old_string", "oldString", "oldText")]: a.edit.old,
        [key(t, "new_string", "newString", "newText")]: a.edit.new,
        ...(t.props.includes("instruction") && { instruction: "scripted edit" }),
      }));
    return applyPatch(
      tools,
      `*** Begin Patch\n*** Update File: ${a.edit.path}\n@@\n-${a.edit.old}\n+${a.edit.new}\n*** End Patch\n`,
    );
  }
  if (a.read) {
    const t = find(tools, "Read", "read", "read_file");
    return t ? call(t, (t) => ({ [key(t, ...PATH)]: a.read })) : toCall({ bash: `cat ${a.read}` }, tools);
  }
  if (a.task) {
    const t = find(tools, "Agent", "Task", "task", "spawn_agent", "invoke_agent");
    return call(t, (t) => ({
      [key(t, "prompt", "message")]: a.task.prompt,
      ...(t.props.includes("description") && { description: "scripted subagent" }),
      ...(t.props.includes("subagent_type") && { subagent_type: a.task.agent ?? "general-purpose" }),
      ...(t.props.includes("agent_name") && { agent_name: a.task.agent ?? "generalist" }),
      ...a.task.args,
    }));
  }
  if (a.mcp) {
    const t =
      tools.find((t) =>
        t.ns
          ? t.name === a.mcp.tool && t.ns.includes(a.mcp.server)
          : t.name.endsWith(a.mcp.tool) && t.name.includes(a.mcp.server),
      ) ?? tools.find((t) => t.name.endsWith(a.mcp.tool));
    // not offered (claude defers MCP tools behind ToolSearch): call it by its conventional name anyway
    return call(t ?? { name: `mcp__${a.mcp.server}__${a.mcp.tool}`, props: [] }, () => a.mcp.args ?? {});
  }
}
function applyPatch(tools: Tool[], patch: string): Call | undefined {
  const t = find(tools, "apply_patch");
  if (t) return { id: uid("call_"), name: t.name, args: { input: patch }, custom: t.custom ? patch : undefined };
  return toCall({ bash: `apply_patch <<'EOP'\n${patch}EOP` }, tools);
}

/** Smallest value fitting a JSON schema, for the CLIs' own structured side calls. */
function fit(s: Json): Json {
  if (!s) return {};
  if (s.enum) return s.enum[0];
  switch (String(Array.isArray(s.type) ? s.type[0] : s.type).toLowerCase()) {
    case "string":
      return "fake";
    case "number":
    case "integer":
      return s.minimum ?? 1;
    case "boolean":
      return false;
    case "array":
      return [];
    default:
      return Object.fromEntries(Object.entries(s.properties ?? {}).map(([k, v]) => [k, fit(v)]));
  }
}

function* chunks(s: string, n = 24) {
  for (let i = 0; i < s.length; i += n) yield s.slice(i, i + n);
}

function sse(
  p: Plan,
  produce: (send: (data: Json, event?: string) => Promise<void>) => Promise<void>,
  done?: string,
): Response {
  const enc = new TextEncoder();
  return new Response(
    new ReadableStream({
      async start(c) {
        const send = async (data: Json, event?: string) => {
          c.enqueue(enc.encode(`${event ? `event: ${event}\n` : ""}data: ${JSON.stringify(data)}\n\n`));
          await sleep(p.step.chunkMs);
        };
        try {
          await sleep(p.step.delayMs);
          await produce(send);
          if (done) c.enqueue(enc.encode(`data: ${done}\n\n`));
          c.close();
        } catch {
          /* client went away */
        }
      },
    }),
    { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } },
  );
}

// ---------------------------------------------------------------- Anthropic Messages

function anthropicTurns(b: Json): Turn[] {
  return b.messages.map((m: Json) => {
    const blocks = typeof m.content === "string" ? [{ type: "text", text: m.content }] : m.content;
    const texts = blocks.filter((x: Json) => x.type === "text" && !NOISE.test(x.text)).map((x: Json) => x.text);
    return {
      role: m.role === "assistant" ? "model" : "user",
      text: texts.at(-1) ?? "", // queued prompts arrive merged: the last wins
      isPrompt: m.role === "user" && texts.length > 0 && !blocks.some((x: Json) => x.type === "tool_result"),
    };
  });
}
function anthropic(b: Json): Response | Promise<Response> {
  const p = plan(
    anthropicTurns(b),
    (b.tools ?? []).map((t: Json) => ({ name: t.name, props: Object.keys(t.input_schema?.properties ?? {}) })),
  );
  const bad = failure(p, (m) => ({ type: "error", error: { type: "api_error", message: m } }));
  if (bad) return bad;
  const schema = b.output_config?.format?.schema ?? b.output_format?.schema;
  const text = schema && !inlineScript(p.prompt) ? JSON.stringify(fit(schema)) : p.step.text;
  const blocks: Json[] = [];
  if (p.step.think) blocks.push({ type: "thinking", thinking: p.step.think, signature: "ZmFrZQ==" });
  if (text) blocks.push({ type: "text", text });
  for (const c of p.calls)
    blocks.push({ type: "tool_use", id: c.id.replace("call_", "toolu_"), name: c.name, input: c.args });
  const usage = {
    input_tokens: tokens(JSON.stringify(b.messages)),
    output_tokens: tokens(JSON.stringify(blocks)),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const stop_reason = p.calls.length ? "tool_use" : "end_turn";
  const msg = {
    id: uid("msg_"),
    type: "message",
    role: "assistant",
    model: b.model,
    content: blocks,
    stop_reason,
    stop_sequence: null,
    usage,
  };
  if (!b.stream) return sleep(p.step.delayMs).then(() => json(msg));
  return sse(p, async (send) => {
    const ev = (d: Json) => send(d, d.type);
    await ev({
      type: "message_start",
      message: { ...msg, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
    });
    for (const [index, blk] of blocks.entries()) {
      const empty =
        blk.type === "tool_use"
          ? { ...blk, input: {} }
          : blk.type === "text"
            ? { type: "text", text: "" }
            : { type: "thinking", thinking: "", signature: "" };
      await ev({ type: "content_block_start", index, content_block: empty });
      const [src, delta]: [string, (s: string) => Json] =
        blk.type === "tool_use"
          ? [JSON.stringify(blk.input), (s) => ({ type: "input_json_delta", partial_json: s })]
          : blk.type === "text"
            ? [blk.text, (s) => ({ type: "text_delta", text: s })]
            : [blk.thinking, (s) => ({ type: "thinking_delta", thinking: s })];
      for (const s of chunks(src)) await ev({ type: "content_block_delta", index, delta: delta(s) });
      if (blk.type === "thinking")
        await ev({ type: "content_block_delta", index, delta: { type: "signature_delta", signature: blk.signature } });
      await ev({ type: "content_block_stop", index });
    }
    await ev({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage });
    await ev({ type: "message_stop" });
  });
}

function failure(p: Plan, shape: (m: string) => Json): Response | undefined {
  if (p.step.status) return json(shape(p.step.error ?? "scripted failure"), p.step.status);
}

// ---------------------------------------------------------------- OpenAI Responses (codex)

function responses(b: Json): Response | Promise<Response> {
  const input: Json[] =
    typeof b.input === "string"
      ? [{ type: "message", role: "user", content: [{ type: "input_text", text: b.input }] }]
      : b.input;
  const turns: Turn[] = input.map((i) => {
    const text =
      (i.content ?? [])
        .map?.((c: Json) => c.text ?? "")
        .filter((t: string) => !NOISE.test(t))
        .join("\n") ?? "";
    const model =
      i.role === "assistant" ||
      /^(function_call|custom_tool_call|local_shell_call|reasoning|web_search_call)$/.test(i.type);
    return { role: model ? "model" : "user", text, isPrompt: i.role === "user" && !!text.trim() };
  });
  const flat = (t: Json, ns?: string): Tool[] =>
    t.type === "namespace"
      ? t.tools.flatMap((x: Json) => flat(x, t.name))
      : [
          {
            name: t.name ?? t.type,
            props: Object.keys(t.parameters?.properties ?? {}),
            custom: t.type === "custom",
            ns,
          },
        ];
  const p = plan(
    turns,
    (b.tools ?? []).flatMap((t: Json) => flat(t)),
  );
  const bad = failure(p, (m) => ({ error: { message: m, type: "server_error", code: "fake" } }));
  if (bad) return bad;
  const schema = b.text?.format?.schema;
  const text = schema && !inlineScript(p.prompt) ? JSON.stringify(fit(schema)) : p.step.text;
  const out: Json[] = [];
  if (p.step.think)
    out.push({
      type: "reasoning",
      id: uid("rs_"),
      summary: [{ type: "summary_text", text: p.step.think }],
      encrypted_content: "ZmFrZQ==",
    });
  if (text)
    out.push({
      type: "message",
      id: uid("msg_"),
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text, annotations: [] }],
    });
  for (const c of p.calls)
    out.push(
      c.custom !== undefined
        ? {
            type: "custom_tool_call",
            id: uid("ctc_"),
            call_id: c.id,
            name: c.name,
            input: c.custom,
            status: "completed",
          }
        : {
            type: "function_call",
            id: uid("fc_"),
            call_id: c.id,
            name: c.name,
            ...(c.ns && { namespace: c.ns }),
            arguments: JSON.stringify(c.args),
            status: "completed",
          },
    );
  const usage = {
    input_tokens: tokens(JSON.stringify(input)),
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens(JSON.stringify(out)),
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: tokens(JSON.stringify(input)) + tokens(JSON.stringify(out)),
  };
  const resp = {
    id: uid("resp_"),
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    model: b.model,
    status: "completed",
    output: out,
    usage,
  };
  if (!b.stream) return sleep(p.step.delayMs).then(() => json(resp));
  return sse(p, async (send) => {
    const ev = (d: Json) => send(d, d.type);
    await ev({ type: "response.created", response: { ...resp, status: "in_progress", output: [], usage: null } });
    for (const [output_index, item] of out.entries()) {
      const at = { output_index, item_id: item.id };
      await ev({
        type: "response.output_item.added",
        output_index,
        item:
          item.type === "message"
            ? { ...item, content: [], status: "in_progress" }
            : item.type === "reasoning"
              ? { ...item, summary: [] }
              : { ...item, status: "in_progress" },
      });
      if (item.type === "message")
        for (const s of chunks(text!))
          await ev({ type: "response.output_text.delta", ...at, content_index: 0, delta: s });
      if (item.type === "reasoning")
        for (const s of chunks(p.step.think!))
          await ev({ type: "response.reasoning_summary_text.delta", ...at, summary_index: 0, delta: s });
      if (item.type === "function_call")
        for (const s of chunks(item.arguments))
          await ev({ type: "response.function_call_arguments.delta", ...at, delta: s });
      await ev({ type: "response.output_item.done", output_index, item });
    }
    await ev({ type: "response.completed", response: resp });
  });
}

// ---------------------------------------------------------------- OpenAI Chat Completions (opencode, qwen, pi)

function chat(b: Json): Response | Promise<Response> {
  const textOf = (c: Json) =>
    (typeof c === "string" ? [c] : (c ?? []).map((x: Json) => x.text ?? ""))
      .filter((t: string) => !NOISE.test(t))
      .join("\n");
  const turns: Turn[] = b.messages.map((m: Json) => ({
    role: m.role === "assistant" ? "model" : "user",
    text: textOf(m.content),
    isPrompt: m.role === "user" && !!textOf(m.content).trim(),
  }));
  const p = plan(
    turns,
    (b.tools ?? []).map((t: Json) => ({
      name: t.function.name,
      props: Object.keys(t.function.parameters?.properties ?? {}),
    })),
  );
  const bad = failure(p, (m) => ({ error: { message: m, type: "server_error" } }));
  if (bad) return bad;
  const schema = b.response_format?.json_schema?.schema;
  const text = schema && !inlineScript(p.prompt) ? JSON.stringify(fit(schema)) : p.step.text;
  const tool_calls = p.calls.map((c, index) => ({
    index,
    id: c.id,
    type: "function",
    function: { name: c.name, arguments: JSON.stringify(c.args) },
  }));
  const finish_reason = tool_calls.length ? "tool_calls" : "stop";
  const n = tokens(JSON.stringify(b.messages)),
    o = tokens((text ?? "") + JSON.stringify(tool_calls));
  const usage = { prompt_tokens: n, completion_tokens: o, total_tokens: n + o };
  const base = { id: uid("chatcmpl-"), created: Math.floor(Date.now() / 1000), model: b.model };
  if (!b.stream)
    return sleep(p.step.delayMs).then(() =>
      json({
        ...base,
        object: "chat.completion",
        usage,
        choices: [
          {
            index: 0,
            finish_reason,
            message: { role: "assistant", content: text ?? null, ...(tool_calls.length && { tool_calls }) },
          },
        ],
      }),
    );
  return sse(
    p,
    async (send) => {
      const ev = (delta: Json, fin: string | null = null) =>
        send({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: fin }] });
      await ev({ role: "assistant", content: "" });
      if (p.step.think) for (const s of chunks(p.step.think)) await ev({ reasoning_content: s });
      for (const s of chunks(text ?? "")) await ev({ content: s });
      for (const t of tool_calls) await ev({ tool_calls: [t] });
      await ev({}, finish_reason);
      await send({ ...base, object: "chat.completion.chunk", choices: [], usage });
    },
    "[DONE]",
  );
}

// ---------------------------------------------------------------- Gemini

function gemini(b: Json, model: string, stream: boolean): Response | Promise<Response> {
  const turns: Turn[] = (b.contents ?? []).map((m: Json) => {
    const texts = (m.parts ?? [])
      .filter((x: Json) => x.text && !x.thought && !NOISE.test(x.text))
      .map((x: Json) => x.text);
    return {
      role: m.role === "model" ? "model" : "user",
      text: texts.join("\n"),
      isPrompt: m.role !== "model" && texts.length > 0 && !(m.parts ?? []).some((x: Json) => x.functionResponse),
    };
  });
  const decls = (b.tools ?? []).flatMap((t: Json) => t.functionDeclarations ?? []);
  const p = plan(
    turns,
    decls.map((t: Json) => ({
      name: t.name,
      props: Object.keys((t.parametersJsonSchema ?? t.parameters)?.properties ?? {}),
    })),
  );
  const bad = failure(p, (m) => ({ error: { code: p.step.status, message: m, status: "UNAVAILABLE" } }));
  if (bad) return bad;
  const schema = b.generationConfig?.responseJsonSchema ?? b.generationConfig?.responseSchema;
  const text = schema ? JSON.stringify(fit(schema)) : p.step.text;
  const n = tokens(JSON.stringify(b.contents)),
    o = tokens((text ?? "") + JSON.stringify(p.calls));
  const usageMetadata = { promptTokenCount: n, candidatesTokenCount: o, totalTokenCount: n + o };
  const wrap = (parts: Json[], finishReason?: string) => ({
    candidates: [{ index: 0, content: { role: "model", parts }, ...(finishReason && { finishReason }) }],
    usageMetadata,
    modelVersion: model,
    responseId: uid("r_"),
  });
  const thought = p.step.think ? [{ text: p.step.think, thought: true }] : [];
  const calls = schema
    ? []
    : p.calls.map((c, i) => ({
        functionCall: { id: c.id, name: c.name, args: c.args },
        ...(i === 0 && { thoughtSignature: "ZmFrZQ==" }),
      }));
  if (!stream)
    return sleep(p.step.delayMs).then(() => json(wrap([...thought, ...(text ? [{ text }] : []), ...calls], "STOP")));
  return sse(p, async (send) => {
    if (thought.length) await send(wrap(thought));
    for (const s of chunks(text ?? "")) await send(wrap([{ text: s }]));
    if (calls.length) await send(wrap(calls));
    await send(wrap([{ text: "" }], "STOP"));
  });
}

// ---------------------------------------------------------------- HTTP

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.FAKE_PORT ?? 4010),
  idleTimeout: 255,
  async fetch(req) {
    const url = new URL(req.url),
      path = url.pathname;
    if (path === "/__health") return json({ ok: true });
    if (path === "/__log") return json(log);
    if (path === "/__reset") {
      log = [];
      return json({ ok: true });
    }
    if (path === "/__scenarios") {
      scenarios = await req.json();
      return json({ ok: true, count: scenarios.length });
    }
    const raw = req.method === "POST" ? await req.text() : "";
    let body: Json;
    try {
      body = raw ? JSON.parse(raw) : undefined;
    } catch {
      body = raw.slice(0, 500);
    }
    const entry: Json = {
      t: Date.now(),
      method: req.method,
      path: path + url.search,
      headers: Object.fromEntries(req.headers),
      body,
    };
    for (const h of ["authorization", "x-api-key", "x-goog-api-key"])
      if (entry.headers[h]) entry.headers[h] = "<redacted>";
    log.push(entry);
    if (log.length > 500) log.shift();
    let res: Response;
    try {
      const g = path.match(/\/models\/([^:/]+):(\w+)$/);
      if (path.endsWith("/messages/count_tokens")) res = json({ input_tokens: tokens(raw) });
      else if (path.endsWith("/messages") && body) res = await anthropic(body);
      else if (path.endsWith("/responses") && body) res = await responses(body);
      else if (path.endsWith("/chat/completions") && body) res = await chat(body);
      else if (g?.[2] === "countTokens") res = json({ totalTokens: tokens(raw) });
      else if (g && /^(streamG|g)enerateContent$/.test(g[2])) res = await gemini(body, g[1], g[2][0] === "s");
      else if (req.method === "HEAD") res = new Response(null);
      else if (path.endsWith("/models"))
        res = json({
          object: "list",
          data: [{ id: "fake-model", object: "model", type: "model", display_name: "Fake" }],
          models: [],
        });
      else res = json({ error: { type: "not_found_error", message: `fake: no ${path}` } }, 404);
    } catch (e) {
      res = json({ error: { type: "api_error", message: `fake: ${e}` } }, 500);
    }
    entry.status = res.status;
    if (process.env.FAKE_LOG) appendFileSync(process.env.FAKE_LOG, JSON.stringify(entry) + "\n");
    return res;
  },
});
console.log(`fake model on http://127.0.0.1:${server.port}`);
