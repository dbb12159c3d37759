/** Calls and results: both stand inside the model's message; the record repeats the result as the next user message. */
import type { ToolKind } from "../../domain/event.ts";
import type { Image, Part, ToolForm } from "../../domain/provider.ts";
import { type Json, list, millis, object, word } from "../json.ts";
import { unifiedDiff } from "../patch.ts";
import { toolKind } from "../tool-kind.ts";
import { joinLines, jsonText } from "../text.ts";

const KINDS: Readonly<Record<string, ToolKind>> = {
  invoke_agent: "agent",
  delegate_to_agent: "agent",
  codebase_investigator: "agent",
  generalist: "agent",
  complete_task: "agent",
  list_background_processes: "shell",
  read_background_output: "shell",
};

function kindOf(tool: string): ToolKind {
  const known = Object.hasOwn(KINDS, tool) ? KINDS[tool] : undefined;
  if (known) return known;
  return tool.startsWith("mcp_") || tool.includes("__") ? "mcp" : toolKind(tool);
}

/** Where a call stands. `whole`: it is read back alone, so patches are worth their time. */
export type Place = {
  readonly index: number;
  readonly key: string;
  readonly at: number | undefined;
  readonly model: string | undefined;
  readonly whole: boolean;
};

/** A call and, when it has ended, its result as the next part. */
export function callParts(call: Json, place: Place): readonly Part[] {
  const tool = word(call.name) ?? "unknown";
  const id = word(call.id) ?? "";
  const display = object(call.resultDisplay);
  const asked: Part = {
    index: place.index,
    kind: "tool_call",
    key: place.key,
    at: place.at,
    call: id || undefined,
    tool,
    input: call.args,
    form: callForm(tool, call, place.whole),
    model: place.model,
  };
  const ended = call.result ?? (display ? undefined : word(call.resultDisplay));
  if ((ended === undefined || ended === null) && !hasFailed(call)) return [asked];
  const output = readResult(call);
  const paths = pathsOf(call);
  const diff = place.whole ? diffOf(display) : "";
  const result: Part = {
    index: place.index + 1,
    kind: "tool_result",
    key: `${place.key}r`,
    at: millis(call.timestamp) ?? place.at,
    call: id || undefined,
    tool,
    output: output.text,
    isError: hasFailed(call) || output.failed,
    form: { kind: kindOf(tool), ...(paths && { paths }), ...output.form, ...(diff !== "" && { patch: diff }) },
    ...(output.images.length > 0 && { images: output.images }),
  };
  return [asked, result];
}

function hasFailed({ status }: Json): boolean {
  return status === "error" || status === "cancelled";
}

function callForm(tool: string, call: Json, whole: boolean): ToolForm {
  const paths = pathsOf(call);
  const patch = whole ? askedPatch(call) : "";
  return { kind: kindOf(tool), ...(paths && { paths }), ...(patch !== "" && { patch }) };
}

function pathsOf(call: Json): readonly string[] | undefined {
  const args = object(call.args);
  if (!args) return undefined;
  const path = word(args.file_path) ?? word(args.absolute_path) ?? word(args.path) ?? word(args.dir_path);
  if (path) return [path];
  const several = list(args.paths ?? args.include).filter((one): one is string => typeof one === "string");
  return several.length > 0 ? several : undefined;
}

/** What the call asks for; what really changed is in its result. */
function askedPatch(call: Json): string {
  const args = object(call.args);
  const path = word(args?.file_path);
  if (!args || !path) return "";
  if (typeof args.new_string === "string") return unifiedDiff(path, word(args.old_string) ?? "", args.new_string);
  return typeof args.content === "string" ? unifiedDiff(path, "", args.content) : "";
}

/** The diff that the tool showed, without the lines of its heading. */
function diffOf(display: Json | null): string {
  const diff = word(display?.fileDiff);
  const at = diff ? diff.indexOf("--- ") : -1;
  return diff && at >= 0 ? diff.slice(at) : "";
}

type Result = {
  readonly text: string;
  readonly images: readonly Image[];
  readonly failed: boolean;
  readonly form: { readonly exitCode?: number };
};

/** The result that the model got; where none is kept, what the person saw. */
function readResult(call: Json): Result {
  const parts = Array.isArray(call.result) ? call.result : [call.result];
  const texts: string[] = [];
  let failed = false;
  for (const part of parts) {
    const response = responseOf(part);
    if (response.failed) failed = true;
    if (response.text !== "") texts.push(response.text);
  }
  const text = joinLines(texts) || (word(call.resultDisplay) ?? "");
  const shell = kindOf(word(call.name) ?? "") === "shell" ? shellOutput(text) : { text, form: {} };
  return { ...shell, images: imagesOf(parts), failed: failed || (shell.form.exitCode ?? 0) !== 0 };
}

/** One part of a result: a function's response, or a text that goes with it. */
export function responseOf(part: unknown): { readonly text: string; readonly failed: boolean } {
  if (typeof part === "string") return { text: part, failed: false };
  const response = object(object(object(part)?.functionResponse)?.response);
  if (!response) return { text: word(object(part)?.text) ?? "", failed: false };
  const error = word(response.error);
  if (error !== undefined) return { text: error, failed: true };
  const output = response.output ?? response.content ?? response.result;
  if (typeof output === "string") return { text: output, failed: false };
  return { text: jsonText(output), failed: false };
}

/** Images among the parts of a message or result. */
export function imagesOf(parts: readonly unknown[]): readonly Image[] {
  return parts.flatMap((part) => {
    const data = object(object(part)?.inlineData);
    const mediaType = word(data?.mimeType);
    return data && mediaType?.startsWith("image/") && word(data.data) ? [{ mediaType, data: word(data.data)! }] : [];
  });
}

const WRAPPED = /^<untrusted_context>\n([\s\S]*?)\n?<\/untrusted_context>$/;
const TRAILER = /\n(?:(?:Error|Exit Code|Signal|Background PIDs|Process Group PGID): [^\n]*(?:\n|$))+$/;

/** The shell's report, `Output: … Exit Code: … Process Group PGID: …`, as output and exit code. */
export function shellOutput(report: string): { readonly text: string; readonly form: { readonly exitCode?: number } } {
  const bare = WRAPPED.exec(report)?.[1] ?? report;
  if (!bare.startsWith("Output: ")) return { text: report, form: exitIn(bare.slice(-500)) };
  const tail = bare.slice(-1000);
  const trailer = TRAILER.exec(tail)?.[0] ?? "";
  const text = bare.slice("Output: ".length, bare.length - trailer.length);
  return { text: text === "(empty)" ? "" : text, form: exitIn(trailer) };
}

function exitIn(text: string): { readonly exitCode?: number } {
  const code = /(?:^|\n)Exit Code: (-?\d+)/.exec(text)?.[1];
  return code === undefined ? {} : { exitCode: Number(code) };
}
