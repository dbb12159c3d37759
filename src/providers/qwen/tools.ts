/** Calls and results: what the model asked and got, and what the program showed of it. */
import type { ToolKind } from "../../domain/event.ts";
import type { Part, ToolForm } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { unifiedDiff } from "../patch.ts";
import { joinLines, jsonText } from "../text.ts";
import { toolKind } from "../tool-kind.ts";

function kindOf(tool: string): ToolKind {
  return tool.startsWith("mcp_") ? "mcp" : toolKind(tool);
}

/** What a call does. `whole`: with its patch. */
export function callForm(tool: string, input: unknown, whole: boolean): ToolForm {
  const args = object(input);
  const path = word(args?.file_path) ?? word(args?.absolute_path) ?? word(args?.path);
  const several = list(args?.paths).filter((one): one is string => typeof one === "string");
  const paths = path ? [path] : several;
  const patch = whole && path ? askedPatch(path, args!) : "";
  return { kind: kindOf(tool), ...(paths.length > 0 && { paths }), ...(patch !== "" && { patch }) };
}

/** What the call asks for; what really changed is in its result. */
function askedPatch(path: string, args: Json): string {
  if (typeof args.new_string === "string") return unifiedDiff(path, word(args.old_string) ?? "", args.new_string);
  return typeof args.content === "string" ? unifiedDiff(path, "", args.content) : "";
}

type Result = Pick<Part, "output" | "isError" | "form">;

/** The result that the model got, without the shell's heading. */
export function readResult(
  tool: string,
  response: Json,
  of: { readonly record: Json; readonly whole: boolean },
): Result {
  const said = object(response.response);
  const told = object(of.record.toolCallResult);
  const display = object(told?.resultDisplay);
  const error = word(said?.error);
  const text = error ?? textOf(said?.output ?? said?.content ?? said?.result ?? said);
  const kind = kindOf(tool);
  const shell = kind === "shell" ? shellOutput(text, display) : { text };
  const path = word(display?.filePath) ?? word(display?.fileName);
  const diff = of.whole ? diffOf(display) : "";
  const form = {
    kind,
    ...(path && { paths: [path] }),
    ...(shell.exitCode !== undefined && { exitCode: shell.exitCode }),
    ...(typeof told?.durationMs === "number" && { durationMs: Math.max(0, Math.round(told.durationMs)) }),
    ...(diff !== "" && { patch: diff }),
  };
  const failed = told?.status === "error" || told?.status === "cancelled" || (shell.exitCode ?? 0) !== 0;
  return { output: shell.text, isError: error !== undefined || failed, form };
}

/** Tools of other servers answer with a list of texts. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const texts = list(value).map((item) => object(item)?.text);
  return texts.length > 0 && texts.every((text) => typeof text === "string") ? joinLines(texts) : jsonText(value);
}

/** The diff that the program showed, without the lines of its heading. */
function diffOf(display: Json | null): string {
  const diff = word(display?.fileDiff);
  const at = diff ? diff.indexOf("--- ") : -1;
  return diff && at >= 0 ? diff.slice(at) : "";
}

const REPORT = /^Command: [\s\S]*?\nOutput: ([\s\S]*)$/;
const TRAILER =
  /\nError: [^\n]*\nExit Code: (-?\d+|\(none\))\nSignal: [^\n]*(?:\n(?:Background PIDs|Process Group PGID): [^\n]*)*$/;

/** The shell's report, `Command … Output … Exit Code …`, as output and exit code. */
function shellOutput(report: string, display: Json | null): { readonly text: string; readonly exitCode?: number } {
  const body = REPORT.exec(report)?.[1];
  const trailer = TRAILER.exec(report.slice(-2000));
  const told = display?.type === "shell_result" && typeof display.exitCode === "number" ? display.exitCode : undefined;
  const found = trailer && trailer[1] !== "(none)" ? Number(trailer[1]) : undefined;
  const exitCode = told ?? found;
  if (body === undefined || !trailer) return { text: report, ...(exitCode !== undefined && { exitCode }) };
  const text = body.slice(0, Math.max(0, body.length - trailer[0].length));
  return { text: text === "(empty)" ? "" : text, ...(exitCode !== undefined && { exitCode }) };
}
