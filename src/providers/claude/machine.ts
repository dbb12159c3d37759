/** Reads what `claude -p` writes as JSON lines, and answers what it asks (its control protocol). */
import type { Decision, Heard, Machine, Outcome, Said, Turn } from "../../domain/turn.ts";
import { count, type Json, list, object, word } from "../json.ts";
import {
  doneOutcome,
  heard,
  lastWords,
  message,
  objects,
  oneLine,
  resetIn,
  signalled,
  SILENT,
  target,
} from "../turn.ts";
import { askOf, behaviour } from "./ask.ts";

type State = {
  session: string | null;
  /** Asked for and not answered yet, by the protocol's id. */
  readonly asked: Map<string, Json>;
  /** What the last failed call of the model was about: "authentication_failed", "rate_limit", … */
  trouble: string | null;
  resetsAt: number | undefined;
  outcome: Outcome | null;
};

/** The machine of one turn. `dialogue`: it may ask; else what it is not let do is denied. */
export function claudeMachine(turn: Turn, dialogue: boolean): Machine {
  const state: State = { session: null, asked: new Map(), trouble: null, resetsAt: undefined, outcome: null };
  return {
    begin: () => heard([], ...(dialogue ? [request("init", { subtype: "initialize" })] : []), prompt(turn)),
    line: (text) => read(state, message(text), dialogue),
    decide: (ask, decision) => decide(state, ask, decision),
    interrupt: () => (dialogue ? [JSON.stringify(request("interrupt", { subtype: "interrupt" }))] : null),
    end: ({ code, errors }) => state.outcome ?? lost(code, errors),
  };
}

const request = (request_id: string, body: Json) => ({ type: "control_request", request_id, request: body });

function prompt({ prompt: text, images }: Turn): Json {
  const shown = images.map(({ mediaType, data }) => ({
    type: "image",
    source: { type: "base64", media_type: mediaType, data },
  }));
  const content = [...shown, { type: "text", text }];
  return { type: "user", message: { role: "user", content }, parent_tool_use_id: null, session_id: "" };
}

function read(state: State, line: Json | null, dialogue: boolean): Heard {
  if (!line) return SILENT;
  const begun = sessionOf(state, line);
  const { said, say } = what(state, line, dialogue);
  return { said: [...begun, ...said], say };
}

function sessionOf(state: State, line: Json): Said[] {
  const id = line.type === "system" && line.subtype === "init" ? word(line.session_id) : undefined;
  if (id === undefined || id === state.session) return [];
  state.session = id;
  return [{ kind: "session", id }];
}

function what(state: State, line: Json, dialogue: boolean): Heard {
  // A sub-agent's words are in its own transcript.
  const own = line.parent_tool_use_id === null || line.parent_tool_use_id === undefined;
  switch (line.type) {
    case "stream_event":
      return own ? heard(delta(object(line.event))) : SILENT;
    case "assistant":
      state.trouble = word(line.error) ?? null;
      return own ? heard(blocks(line).flatMap(spoken)) : SILENT;
    case "user":
      return own ? heard(blocks(line).flatMap(result)) : SILENT;
    case "control_request":
      return asks(state, line);
    case "control_cancel_request": {
      const id = word(line.request_id) ?? "";
      return state.asked.delete(id) ? heard([{ kind: "withdrawn", id }]) : SILENT;
    }
    case "rate_limit_event": {
      const at = object(line.rate_limit_info)?.resetsAt;
      if (typeof at === "number") state.resetsAt = at < 1e11 ? at * 1000 : at;
      return SILENT;
    }
    case "result":
      return heard(ended(state, line, dialogue));
    default:
      return SILENT;
  }
}

const blocks = (line: Json): Json[] => objects(object(line.message)?.content);

function delta(event: Json | null): Said[] {
  const text = word(object(event?.delta)?.text);
  return text === undefined ? [] : [{ kind: "delta", text }];
}

function spoken(block: Json): Said[] {
  const text = word(block.text) ?? word(block.thinking);
  if (block.type === "text" && text !== undefined) return [{ kind: "reply", text }];
  if (block.type === "thinking" && text !== undefined) return [{ kind: "thinking", text }];
  if (block.type !== "tool_use") return [];
  const name = word(block.name) ?? "tool";
  return [{ kind: "tool", id: word(block.id) ?? "", name, target: target(object(block.input)) }];
}

function result(block: Json): Said[] {
  if (block.type !== "tool_result") return [];
  const text =
    word(block.content) ??
    list(block.content)
      .map((part) => word(object(part)?.text) ?? "")
      .join("\n");
  return [{ kind: "result", id: word(block.tool_use_id) ?? "", text, isError: block.is_error === true }];
}

function asks(state: State, line: Json): Heard {
  const [id, body] = [word(line.request_id), object(line.request)];
  if (id === undefined) return SILENT;
  if (body?.subtype !== "can_use_tool") {
    // A request that nobody here understands must not be waited for.
    const error = `${String(body?.subtype)} is not supported`;
    return heard([], { type: "control_response", response: { subtype: "error", request_id: id, error } });
  }
  state.asked.set(id, body);
  return heard([{ kind: "ask", ask: askOf(id, body) }]);
}

function decide(state: State, id: string, decision: Decision): readonly string[] {
  const body = state.asked.get(id);
  if (!body) return [];
  state.asked.delete(id);
  const response = { subtype: "success", request_id: id, response: behaviour(body, decision) };
  return [JSON.stringify({ type: "control_response", response })];
}

function ended(state: State, line: Json, dialogue: boolean): Said[] {
  state.outcome = outcomeOf(state, line, dialogue);
  const usage = object(line.usage);
  const tokens = {
    input: count(usage?.input_tokens),
    output: count(usage?.output_tokens),
    cache_read: count(usage?.cache_read_input_tokens),
    cache_write: count(usage?.cache_creation_input_tokens),
    reasoning: count(object(usage?.output_tokens_details)?.thinking_tokens),
  };
  const costUsd = typeof line.total_cost_usd === "number" ? line.total_cost_usd : null;
  return [
    { kind: "usage", tokens, costUsd },
    { kind: "outcome", outcome: state.outcome },
  ];
}

function outcomeOf(state: State, line: Json, dialogue: boolean): Outcome {
  const text = word(line.result) ?? list(line.errors).map(String).join("\n");
  if (line.is_error !== true && line.subtype === "success") {
    const denied = objects(line.permission_denials).flatMap(({ tool_name }) => word(tool_name) ?? []);
    // In a dialogue it was a person who said no: that is no failure.
    return doneOutcome(new Set(dialogue ? [] : denied));
  }
  if (/No conversation found/i.test(text)) return { kind: "no_session", message: oneLine(text) };
  if (word(line.terminal_reason)?.startsWith("aborted")) return { kind: "interrupted", message: "It was interrupted." };
  return { ...trouble(state, text), message: oneLine(text) || `It ended with ${String(line.subtype)}.` };
}

function trouble({ trouble: kind, resetsAt }: State, text: string): Pick<Outcome, "kind" | "resetsAt"> {
  if (kind === "authentication_failed" || /please run \/login|invalid api key/i.test(text)) return { kind: "auth" };
  if (kind === "rate_limit" || kind === "billing_error" || /usage limit/i.test(text))
    return { kind: "limit", resetsAt: resetIn(text) ?? resetsAt };
  return { kind: "error" };
}

function lost(code: number | null, errors: string): Outcome {
  const words = lastWords(errors);
  if (/No conversation found/i.test(errors)) return { kind: "no_session", message: words };
  const ended = signalled(code);
  if (ended) return ended;
  return { kind: "lost", message: words || `It ended without a result (exit code ${code ?? "unknown"}).` };
}
