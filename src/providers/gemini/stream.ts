/** Reads what `gemini --output-format stream-json` writes. */
import type { Machine, Outcome, Said } from "../../domain/turn.ts";
import { count, type Json, object, word } from "../json.ts";
import { doneOutcome, listening, target } from "../turn.ts";
import { lostOutcome, troubleOf } from "./trouble.ts";

/** The machine of one headless turn. */
export function streamMachine(): Machine {
  /** Of the reply that is being written: the protocol has only its pieces. */
  let reply = "";
  /** Names of the tools that were called, by the call; and of those that it was not let use. */
  const called = new Map<string, string>();
  const denied = new Set<string>();
  const whole = (): Said[] => {
    const text = reply;
    reply = "";
    return text === "" ? [] : [{ kind: "reply", text }];
  };
  return listening({
    read(line) {
      const id = word(line.tool_id) ?? "";
      switch (line.type) {
        case "init":
          return [{ kind: "session", id: word(line.session_id) ?? "" }];
        case "message": {
          const text = line.role === "assistant" ? (word(line.content) ?? "") : "";
          reply += text;
          return text === "" ? [] : [{ kind: "delta", text }];
        }
        case "tool_use":
          called.set(id, word(line.tool_name) ?? "tool");
          return [...whole(), tool(line)];
        case "tool_result":
          if (object(line.error)?.type === "policy_violation") denied.add(called.get(id) ?? "tool");
          return [result(line)];
        case "result":
          return [...whole(), usage(object(line.stats)), { kind: "outcome", outcome: outcomeOf(line, denied) }];
        default:
          return [];
      }
    },
    end: (told, { code, errors }) => told ?? lostOutcome(code, errors),
  });
}

function tool(line: Json): Said {
  const name = word(line.tool_name) ?? "tool";
  return { kind: "tool", id: word(line.tool_id) ?? "", name, target: target(object(line.parameters)) };
}

function result(line: Json): Said {
  const text = word(line.output) ?? word(object(line.error)?.message) ?? "";
  return { kind: "result", id: word(line.tool_id) ?? "", text, isError: line.status === "error" };
}

function outcomeOf(line: Json, denied: ReadonlySet<string>): Outcome {
  if (line.status === "success") return doneOutcome(denied);
  return troubleOf(word(object(line.error)?.message) ?? "");
}

function usage(stats: Json | null): Said {
  const cached = count(stats?.cached);
  const tokens = {
    input: Math.max(0, count(stats?.input_tokens) - cached),
    output: count(stats?.output_tokens),
    cache_read: cached,
    cache_write: 0,
    reasoning: 0,
  };
  return { kind: "usage", tokens, costUsd: null };
}
