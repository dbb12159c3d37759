/** A step in words: what was done, to what, and how it came out. Pure; knows no agent, only what inputs are usually called. */
import type { Event, ToolKind } from "../../src/domain/event.ts";
import type { Session } from "../../src/domain/session.ts";
import { countDiff } from "../../src/domain/diff.ts";
import { duration, plural } from "../kit/format.ts";
import { oneLine } from "../kit/lines.ts";
import { field, textOf } from "./fields.ts";
import type { Member, Step } from "./rows.ts";
import { planTextOf, questionsOf, taskChangeOf, typedOf } from "./shapes.ts";

export type Words = {
  readonly verb: string;
  /** One line; may be empty. */
  readonly what: string;
  /** A path or command, to be set in monospace. */
  readonly code: boolean;
};

export type Outcome = {
  readonly text: string;
  readonly added: number;
  readonly removed: number;
  readonly bad: boolean;
};

const VERBS: Readonly<Record<ToolKind, string>> = {
  shell: "Run",
  edit: "Edit",
  write: "Write",
  read: "Read",
  search: "Search",
  web: "Web",
  todo: "Plan",
  agent: "Agent",
  mcp: "Call",
  other: "Tool",
};

/** Longer ones are cut before anything looks at them. */
const WHAT_MAX = 400;
/** Below this a duration says nothing (ms). */
const WORTH_MS = 1000;

/** A session's title in one line; every session has one to be called by. */
export const titleOf = (session: Session): string => oneLine(session.title ?? "") || "Untitled session";

/** The event that names a step: its call, or its result alone. */
export const headOf = (step: Step): Event => step.call ?? step.result;

/** The sort of tool, from whichever of the two knows it. */
export function toolKindOf(step: Step): ToolKind {
  const kinds = [step.call?.tool_kind, step.result?.tool_kind];
  return kinds.find((kind) => kind && kind !== "other") ?? "other";
}

/** Verb and object of a step; paths inside `cwd` are shown from there. */
export function wordsOf(step: Step, cwd: string | null): Words {
  const kind = toolKindOf(step);
  const input = step.call?.tool_input_json ?? step.result?.tool_input_json ?? null;
  const paths = step.result?.paths.length ? step.result.paths : headOf(step).paths;
  const name = step.call?.tool_name ?? step.result?.tool_name ?? null;
  const special = specialOf(kind, input);
  if (special) return { ...special, what: oneLine(special.what.slice(0, WHAT_MAX)) };
  const what = oneLine(whatOf(kind, { input, paths, name, cwd }).slice(0, WHAT_MAX));
  return { verb: VERBS[kind], what, code: !["todo", "agent", "web"].includes(kind) };
}

/** What is told by the input's shape better than by the sort of tool. */
function specialOf(kind: ToolKind, input: unknown): Words | null {
  if (kind === "shell") {
    const typed = typedOf(input);
    if (typed === null) return null;
    return typed === "" ? { verb: "Wait", what: "for output", code: false } : { verb: "Type", what: typed, code: true };
  }
  if (kind === "todo") {
    const change = taskChangeOf(input);
    return change === null ? null : { verb: VERBS.todo, what: change, code: false };
  }
  if (kind !== "other") return null;
  const questions = questionsOf(input);
  if (questions) return { verb: "Ask", what: questions[0]!.text, code: false };
  const plan = planTextOf(input);
  if (plan === null) return null;
  return { verb: VERBS.todo, what: /^#*\s*(.*)$/m.exec(plan.trim())?.[1] || "to be approved", code: false };
}

type Known = {
  readonly input: unknown;
  readonly paths: readonly string[];
  readonly name: string | null;
  readonly cwd: string | null;
};

function whatOf(kind: ToolKind, known: Known): string {
  const { input, name } = known;
  const path = pathsOf(known);
  switch (kind) {
    case "shell":
      return commandOf(input) ?? name ?? "";
    case "edit":
    case "write":
    case "read":
      return path || name || "";
    case "search": {
      const where = path === "" ? "" : ` in ${path}`;
      return (textOf(input, "pattern", "query", "q", "glob_pattern", "regex") ?? name ?? "") + where;
    }
    case "web":
      return textOf(input, "url", "query", "prompt") ?? name ?? "";
    case "todo":
      return planOf(input) ?? name ?? "";
    case "agent":
      return textOf(input, "description", "title", "task", "message", "prompt") ?? name ?? "";
    case "mcp":
    case "other":
      return [toolName(name), textOf(input, "description", "query", "command", "path", "url", "skill", "title", "name")]
        .filter(Boolean)
        .join(" · ");
    default:
      return kind satisfies never;
  }
}

function pathsOf({ input, paths, cwd }: Known): string {
  const all =
    paths.length > 0 ? paths : [textOf(input, "file_path", "path", "absolute_path", "notebook_path", "dir_path") ?? ""];
  const first = relativePath(all[0]!, cwd);
  return all.length > 1 ? `${first} and ${all.length - 1} more` : first;
}

/** A path as seen from the session's folder. */
export function relativePath(path: string, cwd: string | null): string {
  if (!cwd || path === cwd) return path;
  const root = cwd.endsWith("/") ? cwd : `${cwd}/`;
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** The command of a shell call, without the shell that is told to run it. */
export function commandOf(input: unknown): string | null {
  if (typeof input === "string") return input;
  const command = field(input, "command", "cmd", "script", "commands", "input");
  if (typeof command === "string") return command;
  if (!Array.isArray(command)) return null;
  const words = command.filter((word): word is string => typeof word === "string");
  const shell = words.length === 3 && /(?:^|\/)(?:ba|z|da|fi)?sh$/.test(words[0]!) && /^-l?c$/.test(words[1]!);
  return shell ? words[2]! : words.join(" ");
}

/** `mcp__server__tool` as server · tool. */
const toolName = (name: string | null): string =>
  (name ?? "")
    .replace(/^mcp__/, "")
    .split("__")
    .filter(Boolean)
    .join(" · ");

export type Todo = { readonly text: string; readonly state: "open" | "doing" | "done" };

/** The points of a plan; null when the input holds none. */
export function todosOf(input: unknown): readonly Todo[] | null {
  const list = field(input, "todos", "plan", "items", "tasks");
  if (!Array.isArray(list)) return null;
  return list.map((item) => ({
    text:
      typeof item === "string"
        ? item
        : (textOf(item, "content", "step", "text", "title", "description", "subject") ?? ""),
    state: stateOf(textOf(item, "status", "state") ?? ""),
  }));
}

function stateOf(status: string): Todo["state"] {
  if (/^(?:done|complete)/.test(status)) return "done";
  return /progress|doing|active/.test(status) ? "doing" : "open";
}

function planOf(input: unknown): string | null {
  const todos = todosOf(input);
  if (!todos || todos.length === 0) return textOf(input, "subject", "description", "explanation");
  const done = todos.filter((todo) => todo.state === "done").length;
  const doing = todos.find((todo) => todo.state === "doing");
  return `${done} of ${todos.length} done${doing ? ` · ${doing.text}` : ""}`;
}

/** How a step came out. `live`: the agent may still be at it. */
export function outcomeOf(step: Step, live: boolean): Outcome {
  const { result } = step;
  const diff = diffOf(step);
  const counts = diff === null ? { added: 0, removed: 0 } : counted(diff);
  if (!result) return { text: live ? "running…" : "no result", ...counts, bad: false };
  const bad = result.is_error || (result.exit_code ?? 0) !== 0;
  const ms = durationOf(step);
  const parts = [said(step, bad), ms !== null && ms >= WORTH_MS ? duration(ms) : ""];
  return { text: parts.filter(Boolean).join(" · "), ...counts, bad };
}

function said(step: Step, bad: boolean): string {
  const { result } = step;
  if (result?.exit_code) return `exit ${result.exit_code}`;
  if (bad) return "failed";
  const kind = toolKindOf(step);
  if ((kind !== "read" && kind !== "search") || !result?.tool_output_text) return "";
  const lines = result.tool_output_text.trimEnd().split("\n").length;
  return `${plural(lines, "line")}${result.truncated ? " +" : ""}`;
}

/** The patch to show: what really changed, else what was asked for; null when there is none. */
export const diffOf = (step: Step): string | null => step.result?.patch ?? step.call?.patch ?? null;

/** How long a step took, ms; null when its times are not known. */
export function durationOf({ call, result }: Step): number | null {
  const told = result?.duration_ms ?? call?.duration_ms ?? null;
  if (told !== null || !call?.at || !result?.at) return told;
  return Math.max(0, Date.parse(result.at) - Date.parse(call.at));
}

const counts = new Map<string, { readonly added: number; readonly removed: number }>();

/** Counting reads the whole patch, and a folded run asks again with every row that comes. */
function counted(patch: string) {
  const known = counts.get(patch) ?? countDiff(patch);
  if (counts.size > 2000) counts.clear();
  counts.set(patch, known);
  return known;
}

export type Summary = {
  readonly text: string;
  readonly failed: number;
  readonly added: number;
  readonly removed: number;
};

/** A run in short: 14 steps · 3 files · 1 min 52 s. */
export function summarise(members: readonly Member[]): Summary {
  const steps = members.filter((member) => member.kind === "step").map((member) => member.step);
  const outcomes = steps.map((step) => outcomeOf(step, false));
  const files = new Set(
    steps.filter(changes).flatMap((step) => [...headOf(step).paths, ...(step.result?.paths ?? [])]),
  );
  const times = steps
    .flatMap(({ call, result }) => [call?.at, result?.at])
    .flatMap((at) => (at ? [Date.parse(at)] : []));
  const ms = times.length > 0 ? Math.max(...times) - Math.min(...times) : 0;
  const parts = [
    plural(steps.length, "step"),
    files.size > 0 ? plural(files.size, "file") : "",
    ms >= WORTH_MS ? span(ms) : "",
  ];
  return {
    text: parts.filter(Boolean).join(" · "),
    failed: outcomes.filter((outcome) => outcome.bad).length,
    added: outcomes.reduce((sum, outcome) => sum + outcome.added, 0),
    removed: outcomes.reduce((sum, outcome) => sum + outcome.removed, 0),
  };
}

const changes = (step: Step): boolean => ["edit", "write"].includes(toolKindOf(step)) || diffOf(step) !== null;

/** 1 min 52 s: unlike a duration in a list, a run's is read to the second. */
function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60 || seconds >= 3600) return duration(ms);
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
