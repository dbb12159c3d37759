/** Calls and results in their normal form. Patches are made only to be shown: while deriving they would be thrown away. */
import type { ToolKind } from "../../domain/event.ts";
import type { ToolForm } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { hunksDiff, unifiedDiff } from "../patch.ts";
import { toolKind } from "../tool-kind.ts";

/** `shown`: the line is read back alone, so what is only to be looked at is worth making. */
export type Call = { readonly name: string; readonly input: Json | null; readonly shown: boolean };

/** The form of a call, from its input. */
export function callForm({ name, input, shown }: Call): ToolForm {
  const kind = toolKind(name);
  const path = input ? pathOf(input) : undefined;
  const patch = shown && input && path !== undefined ? callPatch(path, input) : "";
  return { kind, ...(path !== undefined && { paths: [path] }), ...(patch !== "" && { patch }) };
}

function pathOf(input: Json): string | undefined {
  return word(input.file_path) ?? word(input.notebook_path) ?? word(input.path) ?? word(input.absolute_path);
}

/** What the call asks for; what really changed is in its result. */
function callPatch(path: string, input: Json): string {
  const edits = Array.isArray(input.edits) ? input.edits.map(object) : [input];
  const patches = edits.map((edit) => {
    if (typeof edit?.new_string === "string") return unifiedDiff(path, word(edit.old_string) ?? "", edit.new_string);
    return typeof edit?.content === "string" ? unifiedDiff(path, "", edit.content) : "";
  });
  return patches.join("");
}

export type Result = {
  /** The call's name, while the state remembers it. */
  readonly name: string | undefined;
  /** The structured result beside the message; an object, a string or a list. */
  readonly detail: unknown;
  readonly output: string;
  readonly isError: boolean;
  readonly shown: boolean;
};

/** The form of a result; undefined when neither the call nor the result says of what kind it is. */
export function resultForm(result: Result): ToolForm | undefined {
  const detail = object(result.detail);
  const saved = savedAs(result.output);
  const guessed = result.name === undefined ? kindOf(detail) : toolKind(result.name);
  const exitCode = exitCodeOf(guessed, detail, result);
  // Only commands have exit codes.
  const kind = guessed ?? (exitCode === undefined ? undefined : "shell");
  if (!detail && saved === undefined) return kind && { kind, ...(exitCode !== undefined && { exitCode }) };
  return { kind: kind ?? "other", ...(exitCode !== undefined && { exitCode }), ...detailForm(detail, result, saved) };
}

function detailForm(detail: Json | null, { shown }: Result, saved: string | undefined): Omit<ToolForm, "kind"> {
  const path = detail ? pathOfResult(detail) : undefined;
  const paths =
    path !== undefined && saved !== undefined ? [path, saved] : [path ?? saved].filter((one) => one !== undefined);
  const durationMs = detail ? durationOf(detail) : undefined;
  const patch = shown && detail && path !== undefined ? resultPatch(path, detail) : "";
  return {
    ...(paths.length > 0 && { paths }),
    ...(patch !== "" && { patch }),
    ...(durationMs !== undefined && { durationMs }),
  };
}

function pathOfResult(detail: Json): string | undefined {
  return word(detail.filePath) ?? word(object(detail.file)?.filePath) ?? word(detail.notebook_path);
}

const OVERFLOW = "<persisted-output>";
const SAVED = "saved to: ";

/** The file that holds an output too large for the transcript, as its own machine named it; beside the session by its last name. */
function savedAs(output: string): string | undefined {
  if (!output.startsWith(OVERFLOW)) return undefined;
  const head = output.slice(0, 4096);
  const at = head.indexOf(SAVED);
  const end = head.indexOf("\n", at);
  return at < 0 || end < 0 ? undefined : word(head.slice(at + SAVED.length, end).trim());
}

/** The kind by the shape of the structured result, for a result whose call is not at hand. */
function kindOf(detail: Json | null): ToolKind | undefined {
  if (!detail) return undefined;
  if ("stdout" in detail) return "shell";
  if ("structuredPatch" in detail) return "oldString" in detail || "edits" in detail ? "edit" : "write";
  if ("file" in detail) return "read";
  if ("filenames" in detail) return "search";
  if ("oldTodos" in detail || "newTodos" in detail) return "todo";
  if ("totalToolUseCount" in detail || "agentId" in detail) return "agent";
  if ("durationSeconds" in detail || "codeText" in detail) return "web";
  return undefined;
}

/** A command that failed says `Exit code N`; one that did not says nothing, or how its code is to be read. */
function exitCodeOf(kind: ToolKind | undefined, detail: Json | null, result: Result): number | undefined {
  if (result.isError) {
    const said = /^Exit code (\d{1,9})\b/.exec(result.output.slice(0, 24))?.[1];
    return said === undefined ? undefined : Number(said);
  }
  if (typeof detail?.exitCode === "number") return Math.trunc(detail.exitCode);
  if (kind !== "shell" || typeof detail?.stdout !== "string") return undefined;
  const unclear = detail.interrupted === true || detail.backgroundTaskId || detail.returnCodeInterpretation;
  return unclear ? undefined : 0;
}

function durationOf(detail: Json): number | undefined {
  const ms = detail.durationMs ?? detail.totalDurationMs;
  if (typeof ms === "number" && ms >= 0) return Math.round(ms);
  const seconds = detail.durationSeconds;
  return typeof seconds === "number" && seconds >= 0 ? Math.round(seconds * 1000) : undefined;
}

function resultPatch(path: string, detail: Json): string {
  if (list(detail.structuredPatch).length > 0) return hunksDiff(path, detail.structuredPatch);
  if (detail.type === "create" && typeof detail.content === "string") return unifiedDiff(path, "", detail.content);
  const { original_file: before, updated_file: after } = detail;
  return typeof before === "string" && typeof after === "string" ? unifiedDiff(path, before, after) : "";
}
