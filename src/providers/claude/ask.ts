/** What Claude Code wants decided while it works, and how it is told. */
import type { Ask, Decision } from "../../domain/turn.ts";
import { type Json, object, word } from "../json.ts";
import { objects, target } from "../turn.ts";

/** What Claude Code asks with a `can_use_tool` request, for a person to decide. */
export function askOf(id: string, body: Json): Ask {
  const tool = word(body.tool_name) ?? "tool";
  const input = object(body.input);
  const rest = { id, tool, forSession: lasting(body).length > 0 };
  if (tool === "AskUserQuestion")
    return { ...rest, kind: "question", title: "A question", detail: "", questions: questions(input) };
  if (tool === "ExitPlanMode")
    return { ...rest, kind: "plan", title: "A plan to approve", detail: word(input?.plan) ?? "", questions: [] };
  const on = target(input);
  const detail = word(input?.command) ?? JSON.stringify(input, null, 2) ?? "";
  return { ...rest, kind: "tool", title: on === "" ? tool : `${tool} ${on}`, detail, questions: [] };
}

function questions(input: Json | null): Ask["questions"] {
  return objects(input?.questions).flatMap(({ question, options, multiSelect }) => {
    const text = word(question);
    return text === undefined
      ? []
      : [{ text, options: objects(options).flatMap(option), several: multiSelect === true }];
  });
}

function option({ label, description }: Json) {
  const name = word(label);
  return name === undefined ? [] : [{ label: name, note: word(description) }];
}

/** What it suggests to allow from now on, for this session alone: nothing is written into the user's settings. */
function lasting(body: Json): Json[] {
  return objects(body.permission_suggestions)
    .filter(({ type }) => type === "addRules" || type === "addDirectories")
    .map((rule) => ({ ...rule, destination: "session" }));
}

/** The answer to it, as the protocol wants it. */
export function behaviour(body: Json, decision: Decision): Json {
  if (decision.kind === "deny")
    return { behavior: "deny", message: decision.reason || "The person said no.", interrupt: false };
  const input = object(body.input) ?? {};
  const rules = decision.kind === "session" ? lasting(body) : [];
  const updatedInput = decision.answers ? { ...input, answers: answersOf(input, decision.answers) } : input;
  return { behavior: "allow", updatedInput, ...(rules.length > 0 && { updatedPermissions: rules }) };
}

function answersOf(input: Json, answers: readonly (readonly string[])[]): Json {
  const asked = questions(input);
  return Object.fromEntries(asked.map(({ text }, n) => [text, (answers[n] ?? []).join(", ")]));
}
