/** What Codex's app server tells of one item of a turn: a reply, a thought, a tool. */
import type { Said } from "../../domain/turn.ts";
import { type Json, list, object, word } from "../json.ts";
import { objects, oneLine } from "../turn.ts";

/** `done`: the item is complete; else it has begun. */
export function item(done: boolean, body: Json | null): Said[] {
  const [id, text] = [word(body?.id) ?? "", word(body?.text)];
  switch (body?.type) {
    case "agentMessage":
      return done && text !== undefined ? [{ kind: "reply", text }] : [];
    case "reasoning": {
      const thought = list(body.summary).map(String).join("\n");
      return done && thought !== "" ? [{ kind: "thinking", text: thought }] : [];
    }
    case "commandExecution":
      return done
        ? [{ kind: "result", id, text: word(body.aggregatedOutput) ?? "", isError: body.exitCode !== 0 }]
        : [{ kind: "tool", id, name: "shell", target: oneLine(word(body.command) ?? "") }];
    case "fileChange": {
      const paths = objects(body.changes).map(({ path }) => word(path) ?? "");
      const failed = body.status === "failed" || body.status === "declined";
      return done
        ? [{ kind: "result", id, text: paths.join("\n"), isError: failed }]
        : [{ kind: "tool", id, name: "apply_patch", target: oneLine(paths.join(", ")) }];
    }
    case "mcpToolCall":
    case "webSearch":
    case "collabAgentToolCall":
      return done
        ? [{ kind: "result", id, text: answerOf(body), isError: body.status === "failed" }]
        : [{ kind: "tool", id, name: word(body.tool) ?? body.type, target: oneLine(word(body.query) ?? "") }];
    default:
      return [];
  }
}

/** What a tool of an MCP server answered; "" of others. */
export function answerOf({ result, error }: Json): string {
  const texts = objects(object(result)?.content).flatMap(({ text }) => word(text) ?? []);
  return texts.length > 0 ? texts.join("\n") : (word(object(error)?.message) ?? "");
}
