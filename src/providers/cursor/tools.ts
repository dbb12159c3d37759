/** Tool calls in their normal form: the editor's names (`run_terminal_cmd`), the CLI's (`Shell`), and what they answer. */
import type { ToolKind } from "../../domain/event.ts";
import type { ToolForm } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { hunksDiff, unifiedDiff } from "../patch.ts";
import { joinLines, jsonText } from "../text.ts";
import { toolKind } from "../tool-kind.ts";

const NAMES: Readonly<Partial<Record<ToolKind, string>>> = {
  shell: "run_terminal_cmd run_terminal_command run_terminal_command_v2 awaitshell",
  edit: "search_replace strreplace edit_file_v2 editnotebook edit_notebook reapply applypatch",
  write: "delete_file delete",
  read: "read_file_v2 list_dir list_dir_v2 read_lints readlints fetch_rules",
  search:
    "codebase_search semantic_search semantic_search_full semanticsearch ripgrep ripgrep_raw_search rg file_search glob_file_search",
  todo: "todo_write todo_read create_plan",
  agent: "task_v2 subagent",
  mcp: "callmcptool fetchmcpresource",
};

const KIND_OF = new Map<string, ToolKind>();
for (const [kind, names] of Object.entries(NAMES))
  // Object.entries forgets that the keys are tool kinds.
  for (const name of names.split(" ")) KIND_OF.set(name, kind as ToolKind);

function kindOf(tool: string): ToolKind {
  return KIND_OF.get(tool.toLowerCase()) ?? (/^mcp[_-]/.test(tool) ? "mcp" : toolKind(tool));
}

/** A call's form. `whole`: it is read back alone, so a patch is worth its time. */
export function callForm(tool: string, input: unknown, whole: boolean): ToolForm {
  const args = object(input);
  const paths = pathsOf(args);
  const patch = whole && args && paths ? askedPatch(paths[0]!, args) : "";
  return { kind: kindOf(tool), ...(paths && { paths }), ...(patch !== "" && { patch }) };
}

/** What a call answered: its text, and what it says beside. */
export type Answer = { readonly output: string; readonly failed: boolean; readonly form: ToolForm };

/** Reads a result: text, or JSON (often in a string) of one of many shapes. */
export function answerOf(tool: string, input: unknown, result: unknown, whole: boolean): Answer {
  const value = typeof result === "string" ? (jsonIn(result) ?? result) : result;
  const said = object(value);
  const inner = object(said?.success) ?? object(said?.failure) ?? object(said?.error) ?? said;
  const paths = pathsOf(object(input));
  const exit = inner?.exitCodeV2 ?? inner?.exitCode ?? exitIn(value);
  const exitCode = typeof exit === "number" && Number.isInteger(exit) ? exit : undefined;
  const patch = whole && inner && paths ? diffOf(paths[0]!, inner) : "";
  return {
    output: inner ? outputOf(inner) : typeof value === "string" ? value : jsonText(value),
    failed: hasFailed(said) || (exitCode ?? 0) !== 0,
    form: {
      kind: kindOf(tool),
      ...(paths && { paths }),
      ...(exitCode !== undefined && { exitCode }),
      ...(patch !== "" && { patch }),
    },
  };
}

/** The CLI's shell begins its report so. */
function exitIn(value: unknown): number | undefined {
  const code = typeof value === "string" ? /^Exit code: (-?\d{1,6})(?:\n|$)/.exec(value)?.[1] : undefined;
  return code === undefined ? undefined : Number(code);
}

/** An input as the record has it: an object, or JSON in a string. */
export function inputOf(...given: readonly unknown[]): unknown {
  for (const one of given) {
    const value = typeof one === "string" ? (jsonIn(one) ?? one) : one;
    if (value !== undefined && value !== null && value !== "") return value;
  }
  return undefined;
}

function jsonIn(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const PATHS = [
  "path", "file_path", "target_file", "targetFile", "relativeWorkspacePath", "relative_workspace_path",
  "target_notebook", "target_directory", "targetDirectory", "effectiveUri",
]; // prettier-ignore

function pathsOf(args: Json | null): readonly string[] | undefined {
  const path = PATHS.map((name) => word(args?.[name])).find((one) => one !== undefined);
  if (path !== undefined) return [path];
  const several = list(args?.paths).filter((one): one is string => typeof one === "string" && one !== "");
  return several.length > 0 ? several : undefined;
}

/** What the call asks for; what really changed is in its result. */
function askedPatch(path: string, args: Json): string {
  const after = args.new_string ?? args.newString;
  if (typeof after === "string") return unifiedDiff(path, word(args.old_string ?? args.oldString) ?? "", after);
  const content = args.contents ?? args.content;
  return typeof content === "string" ? unifiedDiff(path, "", content) : "";
}

/** The editor's diffs: hunks whose lines stand in one string. */
function diffOf(path: string, result: Json): string {
  const hunks = chunksOf(result).map(({ diffString, ...range }) => {
    return { ...range, lines: (word(diffString) ?? "").split("\n") };
  });
  return hunksDiff(path, hunks);
}

function chunksOf(result: Json): readonly Json[] {
  return list(object(result.diff)?.chunks)
    .map(object)
    .filter((chunk) => chunk !== null);
}

const TEXTS = [
  "output",
  "contents",
  "content",
  "text",
  "message",
  "errorMessage",
  "clientVisibleErrorMessage",
  "error",
];

/** The text among a result's fields; all of it as JSON when there is none. */
function outputOf(result: Json): string {
  const streams = [result.stdout, result.stderr].filter((one): one is string => typeof one === "string" && one !== "");
  if (streams.length > 0) return joinLines(streams);
  for (const name of TEXTS) {
    const value = result[name];
    if (typeof value === "string") return value;
    const blocks = list(value)
      .map((block) => word(object(block)?.text))
      .filter((text) => text !== undefined);
    if (blocks.length > 0) return joinLines(blocks);
  }
  const changes = chunksOf(result).map((chunk) => word(chunk.diffString) ?? "");
  return changes.length > 0 ? joinLines(changes) : jsonText(result);
}

function hasFailed(result: Json | null): boolean {
  if (!result) return false;
  return Boolean(result.error) || Boolean(result.failure) || result.rejected === true || result.isError === true;
}
