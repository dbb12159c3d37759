/** Events: what the program saw happen, beside the model's own items. */
import type { Parsed } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { answered, callPart, drawn, ended, mcpOutput, resultPart, searched } from "./calls.ts";
import { imagesOf, notice, NOTHING, promptEvent, reply, textOf, thoughts, keyOf } from "./messages.ts";
import { turn } from "./meta.ts";
import { duration, type Output, readOutput } from "./output.ts";
import { changedPaths, changesDiff } from "./patch.ts";
import { isCopied } from "./replay.ts";
import { type Context, callOf, hashOf, isTwin, remember } from "./state.ts";
import { toolName } from "./tools.ts";
import { counted } from "./usage.ts";

type Handler = (payload: Json, context: Context) => Parsed | null;

const HANDLERS: Readonly<Record<string, Handler>> = {
  user_message: (p, c) => {
    // The first versions marked what they injected.
    if (p.kind !== undefined && p.kind !== "plain") return NOTHING;
    return promptEvent(textOf(p.message), imagesOf(list(p.images)), c);
  },
  agent_message: (p, c) => reply(textOf(p.message), "event", { key: undefined, phase: p.phase }, c),
  agent_reasoning: (p, c) => ({ parts: thoughts({ summaries: [p.text], raw: [], id: undefined, stream: "event" }, c) }),
  agent_reasoning_raw_content: (p, c) => ({
    parts: thoughts({ summaries: [], raw: [p.text], id: undefined, stream: "event" }, c),
  }),
  token_count: (p, c) => ({ parts: [], usage: counted(p, c) }),
  thread_name_updated: (p, c) => (c.state && isCopied(c.state) ? NOTHING : named(word(p.thread_name))),
  thread_settings_applied: (p, c) => ({ parts: [], facts: turn(object(p.thread_settings) ?? {}, c.state) }),
  turn_aborted: (p, c) => ({
    parts: [notice(ABORTED.get(p.reason) ?? "The turn was stopped", c, { final: true })],
  }),
  thread_rolled_back: (p, c) => rolledBack(p, c),
  context_compacted: (_, c) => compacted("", "event", c),
  entered_review_mode: (p, c) => reviewed(p.user_facing_hint, c),
  error: (p, c) => trouble(p, c),
  stream_error: (p, c) => trouble(p, c),
  warning: (p, c) => told(p, c),
  guardian_warning: (p, c) => told(p, c),
  task_complete: (p, c) => (object(p.error) ? trouble(object(p.error)!, c) : NOTHING),
  undo_completed: (p, c) => told(p, c),
  exec_command_end: (p, c) => executed(p, c),
  patch_apply_end: (p, c) => patched(p, p.call_id, c),
  mcp_tool_call_end: (p, c) => {
    const call = object(p.invocation) ?? {};
    return mcp({ ...p, server: call.server, tool: call.tool, arguments: call.arguments }, p.call_id, c);
  },
  web_search_end: (p, c) => searched(p, "event", c),
  view_image_tool_call: (p, c) => viewed(p, p.call_id, c),
  image_generation_end: drawn,
  dynamic_tool_call_request: (p, c) => {
    const id = word(p.callId) ?? word(p.call_id) ?? "";
    if (callOf(c.state, id)) return NOTHING;
    const tool = toolName(p.tool, p.namespace);
    remember(c.state, { id, tool, done: false });
    return { parts: [callPart({ id, tool, input: p.arguments }, c)] };
  },
  dynamic_tool_call_response: (p, c) => answered({ call_id: p.call_id ?? p.callId, output: p }, c),
};

/** Known, and shown by other records, or of no interest to a reader. */
const QUIET = new RegExp(
  `^(?:${[
    "task_started|turn_complete|exited_review_mode|sub_agent_activity|guardian_assessment|turn_diff|shutdown_complete",
    "session_configured|background_event|deprecation_notice|request_user_input|request_permissions|conversation_path",
    "safety_buffering|skills_update_available|remote_skill_downloaded|spend_control_reached|trusted_access_for_cyber",
    "(?:agent_message|agent_reasoning|auth_recovery|collab|elicitation|environment|hook|mcp_startup|model|plan)_.*",
    "(?:raw_response|realtime|terminal|thread_goal|thread_queue|turn_moderation|unified_exec)_.*",
    ".*_(?:begin|delta|started|updated?|approval_request|response)",
  ].join("|")})$`,
);

/** One event; null when nobody knows its type. */
export function event(payload: Json, context: Context): Parsed | null {
  const type = word(payload.type) ?? "";
  if (type === "item_completed") return item(object(payload.item) ?? {}, context);
  const handler = Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : undefined;
  if (handler) return handler(payload, context);
  return QUIET.test(type) ? NOTHING : null;
}

const ITEMS: Readonly<Record<string, Handler>> = {
  UserMessage: (i, c) => {
    const content = list(i.content);
    return promptEvent(textOf(content), imagesOf(content), c);
  },
  AgentMessage: (i, c) => reply(textOf(i.content), "event", { key: keyOf("m", i.id), phase: i.phase }, c),
  Reasoning: (i, c) => ({
    parts: thoughts({ summaries: list(i.summary_text), raw: list(i.raw_content), id: i.id, stream: "event" }, c),
  }),
  CommandExecution: (i, c) => executed({ ...i, call_id: i.id }, c),
  FileChange: (i, c) => patched(i, i.id, c),
  McpToolCall: (i, c) => mcp(i, i.id, c),
  DynamicToolCall: (i, c) => {
    const asked = { id: word(i.id) ?? "", tool: toolName(i.tool, i.namespace), input: i.arguments };
    return ended(asked, { output: readOutput(i), form: timed(i.duration) }, c);
  },
  CollabAgentToolCall: (i, c) => {
    const asked = { id: word(i.id) ?? "", tool: word(i.tool) ?? "spawn_agent", input: { prompt: i.prompt } };
    return ended(asked, { output: { text: "", images: [], failed: i.status === "failed" } }, c);
  },
  WebSearch: (i, c) => searched(i, "event", c),
  ImageView: (i, c) => viewed(i, i.id, c),
  ImageGeneration: drawn,
  // Searches and drawings that a script asked for.
  Extension: (i, c) => (object(i.action) ? searched(i, "event", c) : word(i.result) ? drawn(i, c) : null),
  ContextCompaction: (_, c) => compacted("", "event", c),
  EnteredReviewMode: (i, c) => reviewed(i.user_facing_hint ?? i.review, c),
  // The model's own items say the same.
  ExitedReviewMode: () => NOTHING,
  FunctionCallOutput: () => NOTHING,
  HookPrompt: () => NOTHING,
  Plan: () => NOTHING,
  Sleep: () => NOTHING,
  SubAgentActivity: () => NOTHING,
};

function item(payload: Json, context: Context): Parsed | null {
  const type = word(payload.type) ?? "";
  return Object.hasOwn(ITEMS, type) ? ITEMS[type]!(payload, context) : null;
}

function reviewed(what: unknown, context: Context): Parsed {
  return { parts: [notice(`Review of ${word(what) ?? "changes"}`, context)] };
}

function told(payload: Json, context: Context): Parsed {
  return { parts: said(payload.message).map((text) => notice(text, context)) };
}

const ABORTED: ReadonlyMap<unknown, string> = new Map([
  ["interrupted", "Interrupted"],
  ["replaced", "Replaced by a new turn"],
  ["review_ended", "The review ended"],
]);

function named(name: string | undefined): Parsed {
  const text = name?.trim();
  return text ? { parts: [], facts: { title: { text, trust: "ai" } } } : NOTHING;
}

function said(text: unknown): readonly string[] {
  const found = word(text);
  return found ? [found] : [];
}

function trouble(payload: Json, context: Context): Parsed {
  return { parts: said(payload.message).map((text) => notice(text, context, { isError: true })) };
}

/** The last turns are taken back: their events stay, marked. */
function rolledBack(payload: Json, context: Context): Parsed {
  const turns = typeof payload.num_turns === "number" ? payload.num_turns : 0;
  const part = (key?: string) => notice(`Rolled back ${turns} ${turns === 1 ? "turn" : "turns"}`, context, { key });
  const prompts = context.state?.prompts ?? [];
  const from = Math.max(0, prompts.length - Math.max(0, Math.floor(turns)));
  const key = prompts[from];
  if (key === undefined) return { parts: [part()] };
  prompts.length = from;
  // A prompt is taken back once: this names the rollback, so that it takes back nothing that follows it.
  const until = `back:${key}`;
  return { parts: [part(until)], marks: [{ key, flag: "abandoned", reach: "from", until }] };
}

const COMPACTION_SEED = 5;

/** History was folded into a summary. Told twice; what the model sees instead (`replacement_history`) is never shown. */
export function compacted(summary: string, stream: "item" | "event", context: Context): Parsed {
  if (isTwin(context.state, stream, hashOf("", COMPACTION_SEED)) && summary === "") return NOTHING;
  return { parts: [{ index: 0, kind: "compaction", at: context.at, text: summary }] };
}

function timed(value: unknown): { readonly durationMs?: number } {
  const durationMs = duration(value);
  return durationMs === undefined ? {} : { durationMs };
}

function executed(run: Json, context: Context): Parsed {
  const id = word(run.call_id) ?? "";
  // Nearly always known: the copies of large outputs are not looked at.
  if (callOf(context.state, id)) return NOTHING;
  const exit = run.exit_code;
  const output: Output = {
    text: word(run.aggregated_output) ?? [word(run.stdout), word(run.stderr)].filter(Boolean).join("\n"),
    images: [],
    failed: (typeof exit === "number" && exit !== 0) || run.status === "failed" || run.status === "declined",
    ...(typeof exit === "number" ? { exitCode: exit } : {}),
    ...timed(run.duration),
  };
  const asked = { id, tool: "exec_command", input: { command: run.command, cwd: run.cwd } };
  return ended(asked, { output }, context);
}

/** A patch that was applied. It knows the line numbers, so it is the result of its call. */
function patched(change: Json, callId: unknown, context: Context): Parsed {
  const id = word(callId) ?? "";
  const changes = change.changes;
  const form = {
    kind: "edit",
    paths: changedPaths(changes),
    ...(context.state ? {} : { patch: changesDiff(changes) }),
  } as const;
  const failed = change.success === false || change.status === "failed" || change.status === "declined";
  const text = [word(change.stdout), word(change.stderr)].filter(Boolean).join("\n");
  const output: Output = { text, images: [], failed };
  const call = callOf(context.state, id);
  if (!call)
    return ended(
      { id, tool: "apply_patch", input: changes, form: { kind: "edit", paths: form.paths } },
      { output, form },
      context,
    );
  if (call.done) return NOTHING;
  call.done = true;
  return { parts: [resultPart({ id, tool: call.tool, output, form }, context)] };
}

function mcp(call: Json, callId: unknown, context: Context): Parsed {
  const server = word(call.server);
  const tool = server ? `${server}__${word(call.tool) ?? "unknown"}` : (word(call.tool) ?? "unknown");
  const asked = { id: word(callId) ?? "", tool, input: call.arguments };
  return ended(asked, { output: mcpOutput(call), form: { kind: "mcp", ...timed(call.duration) } }, context);
}

function viewed(view: Json, callId: unknown, context: Context): Parsed {
  const asked = { id: word(callId) ?? "", tool: "view_image", input: { path: view.path } };
  return ended(asked, { output: { text: "", images: [], failed: false } }, context);
}
