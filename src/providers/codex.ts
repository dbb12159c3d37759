/**
 * Codex: one JSONL file a session. Since 2025-09 each line is `{timestamp, type, payload}`, before that a bare item.
 * The same thing is written up to three times, as a model item, as an event and in compactions: it is shown once.
 */
import type { Line, Parsed, Provider } from "../domain/provider.ts";
import { answered, called, drawn, searched } from "./codex/calls.ts";
import { compacted, event } from "./codex/events.ts";
import { identify, roots } from "./codex/identity.ts";
import { asides } from "./codex/names.ts";
import { message, notice, NOTHING, textOf, thoughts } from "./codex/messages.ts";
import { header, turn } from "./codex/meta.ts";
import { price } from "./codex/price.ts";
import { registrations } from "./codex/registrations.ts";
import { runner } from "./codex/runner.ts";
import { follow, isCopied } from "./codex/replay.ts";
import { type Context, start, type State } from "./codex/state.ts";
import { explode } from "./codex/whole.ts";
import { type Json, list, millis, object, word } from "./json.ts";
import { mend } from "./mend.ts";

export const codex: Provider<State> = {
  name: "codex",
  label: "Codex",
  mark: "X",
  version: 2,
  roots,
  identify,
  start,
  parse(line, state) {
    const value = object(line.value) ?? (line.oversize ? object(mend(beforeCopies(line.text))) : null);
    return value ? record(value, state) : unreadable(line);
  },
  headTells: (head) => COMPACTED.test(head),
  explode,
  aside: asides,
  registrations,
  runner,
  price,
};

const COMPACTED = /^\{(?:"(?:timestamp|ordinal)"\s*:\s*(?:"[^"]*"|\d+)\s*,\s*)*"type"\s*:\s*"compacted"/;

/** A compaction says its summary first; the copies of messages after it may be nine tenths of a log. */
function beforeCopies(text: string): string {
  const copies = COMPACTED.test(text) ? text.indexOf(',"replacement_history":') : -1;
  return copies < 0 ? text : text.slice(0, copies + 1);
}

/** A line that is no record is shown as far as a reader may want it. */
function unreadable({ text }: Line): Parsed {
  return text === "" ? NOTHING : { parts: [{ index: 0, kind: "unknown", text: text.slice(0, 4096) }] };
}

function record(value: Json, state: State | null): Parsed {
  const context: Context = { at: millis(value.timestamp), state };
  const payload = object(value.payload);
  const type = word(value.type);
  if (payload && state && (state.copy || type === "session_meta"))
    follow(type, payload, { at: context.at, ordinal: value.ordinal }, state);
  const parsed =
    (payload ? enveloped(type, payload, context) : bare(type, value, context)) ?? unknown(type, payload, context);
  return state && isCopied(state) ? replayed(parsed) : parsed;
}

function replayed(parsed: Parsed): Parsed {
  return parsed.parts.length === 0
    ? parsed
    : { ...parsed, parts: parsed.parts.map((part) => ({ ...part, replayed: true })) };
}

function unknown(type: string | undefined, payload: Json | null, { at }: Context): Parsed {
  const names = [type ?? "record", word(payload?.type), word(object(payload?.item)?.type)];
  return { parts: [{ index: 0, kind: "unknown", at, text: names.filter(Boolean).join(":") }] };
}

function enveloped(type: string | undefined, payload: Json, context: Context): Parsed | null {
  switch (type) {
    case "response_item":
      return item(payload, context);
    case "event_msg":
      return event(payload, context);
    case "session_meta":
      return { parts: [], facts: header(payload, context.state) };
    case "turn_context":
      return { parts: [], facts: turn(payload, context.state) };
    case "compacted":
      return compacted(word(payload.message) ?? "", "item", context);
    case "inter_agent_communication":
      return fromAgent(payload, context);
    // It says what a token_count says next; its totals leave out what older versions and ancestors spent.
    case "token_usage_record":
    case "dynamic_tools_updated":
    case "security_risk_score":
    case "world_state":
    case "inter_agent_communication_metadata":
      return NOTHING;
    default:
      return null;
  }
}

/** Lines of before the envelope: a header, markers, and items without a time. */
function bare(type: string | undefined, value: Json, context: Context): Parsed | null {
  if (value.record_type !== undefined) return NOTHING;
  if (type === undefined && word(value.id) && value.timestamp !== undefined) {
    return { parts: [], facts: header(value, context.state) };
  }
  const created = context.at ?? millis(value.created_at);
  const timed: Context = { ...context, at: created };
  return type === undefined && value.role !== undefined ? message(value, timed) : item(value, timed);
}

/** One item of the model's own history; null when nobody knows its type. */
function item(payload: Json, context: Context): Parsed | null {
  switch (payload.type) {
    case "message":
    case "Message":
      return message(payload, context);
    case "reasoning":
      return { parts: reasoning(payload, context) };
    case "function_call":
    case "custom_tool_call":
    case "local_shell_call":
    case "tool_search_call":
      return called(payload, context);
    case "function_call_output":
    case "custom_tool_call_output":
    case "local_shell_call_output":
    case "tool_search_output":
      return answered(payload, context);
    case "web_search_call":
      return searched(payload, "item", context);
    case "image_generation_call":
      return drawn(payload, context);
    case "agent_message":
      return fromAgent(payload, context);
    case "additional_tools":
    case "configuration_update":
    case "ghost_snapshot":
    case "compaction":
    case "compaction_summary":
    case "context_compaction":
    case "compaction_trigger":
      return NOTHING;
    default:
      return null;
  }
}

function reasoning(payload: Json, context: Context) {
  const spoken = { summaries: list(payload.summary), raw: list(payload.content) };
  return thoughts({ ...spoken, id: payload.id, stream: "item" }, context);
}

/** What one agent of a team writes to another. */
function fromAgent(payload: Json, context: Context): Parsed {
  const text = textOf(payload.content);
  return text === "" ? NOTHING : { parts: [notice(text, context)] };
}
