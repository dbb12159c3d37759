/** What Codex's app server wants decided while it works, and how it is told. */
import type { Ask, Decision } from "../../domain/turn.ts";
import { type Json, list, word } from "../json.ts";
import { objects, oneLine } from "../turn.ts";

/** A request of the server's, which waits for a result under its id. */
export type Request = { readonly id: number | string; readonly method: string; readonly params: Json };

/** null: a request that nobody here can answer. */
export function askOf({ id, method, params }: Request): Ask | null {
  const rest = { id: String(id), questions: [] };
  const reason = word(params.reason);
  const why = reason === undefined ? "" : `\n\n${reason}`;
  switch (method) {
    case "item/commandExecution/requestApproval": {
      const command = word(params.command) ?? "";
      const forSession = decisions(params).has("acceptForSession");
      const title = `shell ${oneLine(command)}`;
      return { ...rest, kind: "tool", tool: "shell", title, detail: command + why, forSession };
    }
    case "item/fileChange/requestApproval": {
      const root = word(params.grantRoot);
      const title = root === undefined ? "Change files" : `Change files below ${root}`;
      return { ...rest, kind: "tool", tool: "apply_patch", title, detail: title + why, forSession: true };
    }
    case "item/tool/requestUserInput":
      return {
        ...rest,
        kind: "question",
        tool: null,
        title: "A question",
        detail: "",
        forSession: false,
        questions: questions(params),
      };
    default:
      return null;
  }
}

const decisions = (params: Json): ReadonlySet<unknown> => new Set(list(params.availableDecisions));

function questions(params: Json): Ask["questions"] {
  return objects(params.questions).map(({ question, options }) => ({
    text: word(question) ?? "",
    options: objects(options).map(({ label, description }) => ({ label: word(label) ?? "", note: word(description) })),
    several: false,
  }));
}

/** The result it waits for. */
export function resultOf({ method, params }: Request, decision: Decision): Json {
  if (method === "item/tool/requestUserInput") {
    const given = decision.kind === "deny" ? [] : (decision.answers ?? []);
    const answers = objects(params.questions).map(({ id }, n) => [String(id), { answers: given[n] ?? [] }]);
    return { answers: Object.fromEntries(answers) };
  }
  if (decision.kind === "session") return { decision: "acceptForSession" };
  if (decision.kind === "once") return { decision: "accept" };
  // Not among what it offers for a command, and heeded all the same: "cancel", which is, would end the turn.
  return { decision: "decline" };
}
