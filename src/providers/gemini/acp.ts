/** One turn by the Agent Client Protocol: JSON-RPC, a line each way. */
import type { Ask, Decision, Heard, Machine, Outcome, Said, Turn } from "../../domain/turn.ts";
import { count, type Json, object, word } from "../json.ts";
import { heard, message, objects, oneLine, SILENT } from "../turn.ts";
import { lostOutcome, troubleOf } from "./trouble.ts";

/** Ids of our own requests. */
const [INITIALIZE, SESSION, PROMPT] = [1, 2, 3] as const;

type State = {
  readonly turn: Turn;
  /** What it asked and nobody has answered: the options it offered, by our word for its id. */
  readonly asked: Map<string, { readonly id: number | string; readonly options: readonly Json[] }>;
  session: string;
  /** The prompt was sent: what came before is the history of a session that was gone on with. */
  begun: boolean;
  reply: string;
  outcome: Outcome | null;
};

/** The machine of one turn that can be talked to. */
export function acpMachine(turn: Turn): Machine {
  const state: State = { turn, asked: new Map(), session: "", begun: false, reply: "", outcome: null };
  return {
    begin: () => heard([], call(INITIALIZE, "initialize", HELLO)),
    line: (text) => read(state, message(text)),
    decide: (ask, decision) => decide(state, ask, decision),
    interrupt() {
      if (!state.begun) return null;
      const cancel = { jsonrpc: "2.0", method: "session/cancel", params: { sessionId: state.session } };
      // It waits for an answer to what it asked before it heeds that.
      const answers = [...state.asked.keys()].flatMap((ask) => decide(state, ask, null));
      return [JSON.stringify(cancel), ...answers];
    },
    end: ({ code, errors }) => state.outcome ?? lostOutcome(code, errors),
  };
}

const HELLO = { protocolVersion: 1, clientCapabilities: { fs: { readTextFile: false, writeTextFile: false } } };

const call = (id: number, method: string, params: Json): Json => ({ jsonrpc: "2.0", id, method, params });

function read(state: State, line: Json | null): Heard {
  if (!line) return SILENT;
  const [method, params] = [word(line.method), object(line.params) ?? {}];
  if (method === undefined) return answered(state, line);
  if (method === "session/update") return state.begun ? heard(update(state, object(params.update))) : SILENT;
  if (typeof line.id !== "number" && typeof line.id !== "string") return SILENT;
  if (method === "session/request_permission") return asks(state, line.id, params);
  return heard([], { jsonrpc: "2.0", id: line.id, error: { code: -32601, message: `${method} is not supported` } });
}

function answered(state: State, line: Json): Heard {
  const error = object(line.error);
  if (error) return end(state, troubleOf(word(object(error.data)?.details) ?? withCode(error)));
  const result = object(line.result);
  switch (line.id) {
    case INITIALIZE:
      return heard([], session(state.turn));
    case SESSION: {
      state.session = word(result?.sessionId) ?? state.turn.resume ?? "";
      state.begun = true;
      const prompt = call(PROMPT, "session/prompt", { sessionId: state.session, prompt: content(state.turn) });
      return heard([{ kind: "session", id: state.session }], prompt);
    }
    case PROMPT: {
      const { said } = end(state, ended(result));
      return heard([...whole(state), usage(object(object(result?._meta)?.quota)), ...said]);
    }
    default:
      return SILENT;
  }
}

/** The code says more than the words do: 401, 429. */
function withCode({ code, message: text }: Json): string {
  return `${word(text) ?? "The turn failed."}${/"code":/.test(word(text) ?? "") ? "" : ` ("code": ${String(code)})`}`;
}

function session({ resume, cwd, tools }: Turn): Json {
  const headers = tools ? [{ name: "Authorization", value: `Bearer ${tools.token}` }] : [];
  const mcpServers = tools ? [{ type: "http", name: "longhouse", url: tools.url, headers }] : [];
  if (resume === null) return call(SESSION, "session/new", { cwd, mcpServers });
  return call(SESSION, "session/load", { sessionId: resume, cwd, mcpServers });
}

function content({ prompt, images }: Turn): Json[] {
  const shown = images.map(({ mediaType, data }) => ({ type: "image", mimeType: mediaType, data }));
  return [...shown, { type: "text", text: prompt }];
}

function update(state: State, body: Json | null): Said[] {
  const id = word(body?.toolCallId) ?? "";
  switch (body?.sessionUpdate) {
    case "agent_message_chunk": {
      const text = word(object(body.content)?.text) ?? "";
      state.reply += text;
      return text === "" ? [] : [{ kind: "delta", text }];
    }
    case "agent_thought_chunk":
      return [{ kind: "thinking", text: word(object(body.content)?.text) ?? "" }];
    case "tool_call":
      return [
        ...whole(state),
        { kind: "tool", id, name: word(body.kind) ?? "tool", target: oneLine(word(body.title) ?? "") },
      ];
    case "tool_call_update":
      if (body.status !== "completed" && body.status !== "failed") return [];
      return [{ kind: "result", id, text: texts(body), isError: body.status === "failed" }];
    default:
      return [];
  }
}

const texts = (body: Json): string =>
  objects(body.content)
    .map(({ content: part }) => word(object(part)?.text) ?? "")
    .join("\n");

/** The reply whose pieces were said since the last one. */
function whole(state: State): Said[] {
  const text = state.reply;
  state.reply = "";
  return text === "" ? [] : [{ kind: "reply", text }];
}

function asks(state: State, id: number | string, params: Json): Heard {
  const tool = object(params.toolCall);
  const options = objects(params.options);
  state.asked.set(String(id), { id, options });
  const [name, on] = [word(tool?.kind) ?? "tool", word(tool?.title) ?? ""];
  const ask: Ask = {
    id: String(id),
    kind: "tool",
    tool: name,
    title: oneLine(`${name} ${on}`),
    detail: [on, ...objects(tool?.content).map(shown)].filter(Boolean).join("\n\n"),
    questions: [],
    forSession: options.some(({ kind }) => kind === "allow_always"),
  };
  // With the permission comes the only word of a call that is asked for.
  const call: Said = { kind: "tool", id: word(tool?.toolCallId) ?? "", name, target: oneLine(on) };
  return heard([...whole(state), call, { kind: "ask", ask }]);
}

function shown(part: Json): string {
  if (part.type !== "diff") return word(object(part.content)?.text) ?? "";
  return `${word(part.path) ?? ""}\n${word(part.newText) ?? ""}`;
}

/** `decision` null: the turn is given up. */
function decide(state: State, ask: string, decision: Decision | null): readonly string[] {
  const asked = state.asked.get(ask);
  if (!asked) return [];
  state.asked.delete(ask);
  const wanted = decision && { once: "allow_once", session: "allow_always", deny: "reject_once" }[decision.kind];
  const option = word(asked.options.find(({ kind }) => kind === wanted)?.optionId);
  const outcome = option === undefined ? { outcome: "cancelled" } : { outcome: "selected", optionId: option };
  return [JSON.stringify({ jsonrpc: "2.0", id: asked.id, result: { outcome } })];
}

function end(state: State, outcome: Outcome): Heard {
  state.outcome = outcome;
  return heard([{ kind: "outcome", outcome }]);
}

function ended(result: Json | null): Outcome {
  const reason = word(result?.stopReason) ?? "";
  if (reason === "end_turn") return { kind: "ok", message: "" };
  if (reason === "cancelled") return { kind: "interrupted", message: "It was interrupted." };
  return { kind: "error", message: `It ended with ${reason || "no reason"}.` };
}

function usage(quota: Json | null): Said {
  const used = object(quota?.token_count);
  const counted = { input: count(used?.input_tokens), output: count(used?.output_tokens) };
  return { kind: "usage", tokens: { ...counted, cache_read: 0, cache_write: 0, reasoning: 0 }, costUsd: null };
}
