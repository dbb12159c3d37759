/** One turn with Codex's app server: JSON-RPC without its version, a line each way. */
import type { Heard, Machine, Outcome, Said, Turn } from "../../domain/turn.ts";
import { count, type Json, object, word } from "../json.ts";
import { heard, message, SILENT } from "../turn.ts";
import { askOf, type Request, resultOf } from "./ask.ts";
import { lostOutcome } from "./exec.ts";
import { item } from "./items.ts";
import { fileOf, type Sandbox } from "./mode.ts";
import { resetOf, troubleOf } from "./trouble.ts";

/** Ids of our own requests. */
const [INITIALIZE, THREAD, TURN, INTERRUPT] = [1, 2, 3, 4] as const;

type State = {
  readonly turn: Turn;
  readonly mode: Sandbox;
  readonly dir: string;
  /** What it asked and nobody has answered, by our word for its id. */
  readonly asked: Map<string, Request>;
  thread: string;
  /** Its own id of the turn; "" before it began. */
  current: string;
  /** What the thread had used before this turn. */
  before: Json | null;
  /** When a limit that is used up is lifted, ms UTC. */
  resetsAt: number | undefined;
  outcome: Outcome | null;
};

/** The machine of one turn that can be talked to. `dir` holds its images. */
export function appServerMachine(turn: Turn, mode: Sandbox, dir: string): Machine {
  const rest = { thread: "", current: "", before: null, resetsAt: undefined, outcome: null };
  const state: State = { turn, mode, dir, asked: new Map(), ...rest };
  return {
    begin: () => heard([], { id: INITIALIZE, method: "initialize", params: HELLO }),
    line: (text) => read(state, message(text)),
    decide(ask, decision) {
      const request = state.asked.get(ask);
      state.asked.delete(ask);
      return request ? [JSON.stringify({ id: request.id, result: resultOf(request, decision) })] : [];
    },
    interrupt() {
      const params = { threadId: state.thread, turnId: state.current };
      return state.current === "" ? null : [JSON.stringify({ id: INTERRUPT, method: "turn/interrupt", params })];
    },
    end: ({ code, errors }) => state.outcome ?? lostOutcome(code, errors),
  };
}

/** An answer to a request of ours, a request of its own, or news. */
function read(state: State, line: Json | null): Heard {
  if (!line) return SILENT;
  const [method, params] = [word(line.method), object(line.params) ?? {}];
  if (method === undefined) return answered(state, line);
  if (typeof line.id !== "number" && typeof line.id !== "string") return told(state, method, params);
  const request = { id: line.id, method, params };
  const ask = askOf(request);
  if (!ask) return heard([], { id: line.id, error: { code: -32601, message: `${method} is not supported` } });
  state.asked.set(ask.id, request);
  return heard([{ kind: "ask", ask }]);
}

function answered(state: State, line: Json): Heard {
  const error = object(line.error);
  if (error) return line.id === INTERRUPT ? SILENT : end(state, troubleOf(word(error.message) ?? ""));
  if (line.id === INITIALIZE) return heard([], { method: "initialized" }, begin(state));
  if (line.id !== THREAD) return SILENT;
  state.thread = word(object(object(line.result)?.thread)?.id) ?? "";
  const params = { threadId: state.thread, input: input(state) };
  return heard([{ kind: "session", id: state.thread }], { id: TURN, method: "turn/start", params });
}

function told(state: State, method: string, params: Json): Heard {
  switch (method) {
    case "turn/started":
      state.current = word(object(params.turn)?.id) ?? state.current;
      return SILENT;
    case "item/agentMessage/delta":
      return heard([{ kind: "delta", text: word(params.delta) ?? "" }]);
    case "item/started":
    case "item/completed":
      return heard(item(method === "item/completed", object(params.item)));
    case "thread/tokenUsage/updated":
      return heard([used(state, object(params.tokenUsage))]);
    case "account/rateLimits/updated":
      state.resetsAt = resetOf(object(params.rateLimits)) ?? state.resetsAt;
      return SILENT;
    case "serverRequest/resolved": {
      const id = String(params.requestId);
      return state.asked.delete(id) ? heard([{ kind: "withdrawn", id }]) : SILENT;
    }
    case "turn/completed":
      return end(state, ended(state, object(params.turn)));
    default:
      return SILENT;
  }
}

function end(state: State, outcome: Outcome): Heard {
  state.outcome = outcome;
  return heard([{ kind: "outcome", outcome }]);
}

/** A thread's figures count from its beginning: of this turn is what they have grown by. */
function used(state: State, report: Json | null): Said {
  const total = object(report?.total);
  state.before ??= less(total, object(report?.last));
  return usage(less(total, state.before));
}

const HELLO = {
  clientInfo: { name: "longhouse", title: "Longhouse", version: "1" },
  capabilities: { experimentalApi: true },
};

function begin({ turn, mode }: State): Json {
  const { cwd, model, resume, fork } = turn;
  const { sandbox, approval } = mode;
  const params = { cwd, approvalPolicy: approval, sandbox, ...(model !== null && { model }) };
  if (resume === null) return { id: THREAD, method: "thread/start", params };
  return { id: THREAD, method: fork ? "thread/fork" : "thread/resume", params: { threadId: resume, ...params } };
}

function input({ turn: { prompt, images }, dir }: State): Json[] {
  const shown = images.map((image, n) => ({ type: "localImage", path: `${dir}/${fileOf(image, n)}` }));
  return [...shown, { type: "text", text: prompt, text_elements: [] }];
}

function less(total: Json | null, part: Json | null): Json {
  return Object.fromEntries(Object.entries(total ?? {}).map(([name, n]) => [name, count(n) - count(part?.[name])]));
}

function usage(used: Json): Said {
  const cached = count(used.cachedInputTokens);
  const tokens = {
    input: Math.max(0, count(used.inputTokens) - cached),
    output: count(used.outputTokens),
    cache_read: cached,
    cache_write: 0,
    reasoning: count(used.reasoningOutputTokens),
  };
  return { kind: "usage", tokens, costUsd: null };
}

function ended({ resetsAt }: State, turn: Json | null): Outcome {
  if (turn?.status === "completed") return { kind: "ok", message: "" };
  if (turn?.status === "interrupted") return { kind: "interrupted", message: "It was interrupted." };
  const error = object(turn?.error);
  const trouble = troubleOf(word(error?.message) ?? "", error);
  return trouble.kind === "limit" && resetsAt !== undefined ? { ...trouble, resetsAt } : trouble;
}
