/** Reads what `codex exec --json` writes. It asks nothing, and writes no part of a reply. */
import type { Machine, Outcome, Said, Turn } from "../../domain/turn.ts";
import { count, type Json, object, word } from "../json.ts";
import { lastWords, listening, objects, oneLine, signalled } from "../turn.ts";
import { answerOf } from "./items.ts";
import { troubleOf } from "./trouble.ts";

/** The machine of one headless turn. */
export function execMachine({ resume }: Turn): Machine {
  return listening({
    read(line) {
      switch (line.type) {
        case "thread.started":
          return [{ kind: "session", id: word(line.thread_id) ?? "" }];
        case "item.started":
        case "item.completed":
          return item(line.type === "item.completed", object(line.item));
        case "turn.completed":
          return [...(resume === null ? usage(object(line.usage)) : []), ended({ kind: "ok", message: "" })];
        case "turn.failed":
          return [ended(troubleOf(word(object(line.error)?.message) ?? "", object(line.error)))];
        default:
          return [];
      }
    },
    end: (told, { code, errors }) => (told?.kind === "ok" && denial(errors)) || told || lostOutcome(code, errors),
  });
}

const ended = (outcome: Outcome): Said => ({ kind: "outcome", outcome });

/** What it was not let do: only its log tells, "… error=patch rejected: writing is blocked by read-only sandbox; …". */
function denial(errors: string): Outcome | null {
  const said = /\berror=(.*\brejected by user approval settings)\b/.exec(errors)?.[1];
  return said === undefined ? null : { kind: "denied", message: `It was not let do what it wanted: ${oneLine(said)}.` };
}

/** Of a program that ended without a word about its turn. */
export function lostOutcome(code: number | null, errors: string): Outcome {
  const ended = signalled(code);
  if (ended) return ended;
  const words = lastWords(errors);
  if (/no rollout found|no .*thread.* found/i.test(errors)) return { kind: "no_session", message: oneLine(words) };
  return { kind: "lost", message: words || `It ended without a result (exit code ${code ?? "unknown"}).` };
}

/** A thread's figures count from its beginning: those of one turn are told only where it is the first. */
function usage(used: Json | null): Said[] {
  const [input, cached] = [count(used?.input_tokens), count(used?.cached_input_tokens)];
  const tokens = {
    input: Math.max(0, input - cached),
    output: count(used?.output_tokens),
    cache_read: cached,
    cache_write: 0,
    reasoning: count(used?.reasoning_output_tokens),
  };
  return [{ kind: "usage", tokens, costUsd: null }];
}

function item(done: boolean, body: Json | null): Said[] {
  const [id, text] = [word(body?.id) ?? "", word(body?.text)];
  switch (body?.type) {
    case "agent_message":
      return done && text !== undefined ? [{ kind: "reply", text }] : [];
    case "reasoning":
      return done && text !== undefined ? [{ kind: "thinking", text }] : [];
    case "command_execution":
      return done
        ? [result(id, word(body.aggregated_output), body.exit_code !== 0)]
        : [{ kind: "tool", id, name: "shell", target: oneLine(word(body.command) ?? "") }];
    case "file_change": {
      const paths = objects(body.changes).map(({ path }) => word(path) ?? "");
      const call: Said = { kind: "tool", id, name: "apply_patch", target: oneLine(paths.join(", ")) };
      return done ? [call, result(id, paths.join("\n"), body.status === "failed")] : [];
    }
    case "mcp_tool_call":
    case "web_search":
    case "collab_tool_call":
      return done
        ? [result(id, answerOf(body), body.status === "failed")]
        : [{ kind: "tool", id, name: word(body.tool) ?? body.type, target: oneLine(word(body.query) ?? "") }];
    default:
      return [];
  }
}

const result = (id: string, text = "", isError = false): Said => ({ kind: "result", id, text, isError });
