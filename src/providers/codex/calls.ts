/** Tool calls and their results, paired by the call's id. A call is part 0 of its record, a result part 1. */
import type { Image, Parsed, Part, ToolForm } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { imageOf, jsonText } from "../text.ts";
import { keyOf, NOTHING } from "./messages.ts";
import { type Output, readOutput } from "./output.ts";
import { type Context, callOf, hashOf, isTwin, remember } from "./state.ts";
import { formOf, kindOf, toolName } from "./tools.ts";

type Asked = { readonly id: string; readonly tool: string; readonly input: unknown; readonly form?: ToolForm };

/** The part of a call. */
export function callPart({ id, tool, input, form }: Asked, { at, state }: Context): Part {
  return {
    index: 0,
    kind: "tool_call",
    key: keyOf("c", id),
    at,
    call: id || undefined,
    tool,
    input,
    form: form ?? formOf(tool, input, state === null),
    model: state?.model || undefined,
  };
}

type Given = {
  readonly id: string;
  readonly tool?: string;
  readonly output: Output;
  readonly form?: Partial<ToolForm>;
};

/** The part of a result. `tool` absent: the record does not name it, and the state has forgotten it. */
export function resultPart({ id, tool, output, form }: Given, { at }: Context): Part {
  const { text, images, failed } = output;
  return {
    index: 1,
    kind: "tool_result",
    key: keyOf("r", id),
    at,
    call: id || undefined,
    tool,
    output: text,
    isError: failed,
    form: resultForm(tool, output, form),
    ...(images.length > 0 ? { images } : {}),
  };
}

/** undefined when neither the tool nor its output says of what kind it is. */
function resultForm(tool: string | undefined, output: Output, form: Partial<ToolForm> = {}): ToolForm | undefined {
  const { exitCode, durationMs } = output;
  const kind = form.kind ?? (tool ? kindOf(tool) : exitCode === undefined ? undefined : "shell");
  if (!kind) return undefined;
  const measured = {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
  return { ...measured, ...form, kind };
}

/** `function_call`, `custom_tool_call`, `tool_search_call`, `local_shell_call`. */
export function called(item: Json, context: Context): Parsed {
  const id = word(item.call_id) ?? word(item.id) ?? "";
  const tool = toolName(item.name ?? NAMELESS[word(item.type) ?? ""], item.namespace);
  const input = inputOf(item.input ?? item.arguments ?? item.action);
  remember(context.state, { id, tool, done: false });
  return { parts: [callPart({ id, tool, input }, context)] };
}

const NAMELESS: Readonly<Record<string, string>> = { tool_search_call: "tool_search", local_shell_call: "local_shell" };

/** Arguments are JSON inside a string; what is no JSON is the input itself (a patch, a script). */
function inputOf(input: unknown): unknown {
  if (typeof input !== "string" || !/^\s*[{[]/.test(input)) return input;
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}

/** `…_output`: the result of a call, unless an event has given it already. */
export function answered(item: Json, context: Context): Parsed {
  const id = word(item.call_id) ?? "";
  const call = callOf(context.state, id);
  if (call?.done) return NOTHING;
  if (call) call.done = true;
  const output = readOutput(item.output ?? toolNames(item.tools));
  return { parts: [resultPart({ id, tool: call?.tool, output }, context)] };
}

/** The tools that a search for tools found; members of a group stand after its name. */
function toolNames(tools: unknown): string | undefined {
  if (!Array.isArray(tools)) return undefined;
  const names = tools.flatMap((tool) => [tool, ...list(object(tool)?.tools)].map((each) => word(object(each)?.name)));
  return names.filter(Boolean).join("\n");
}

/** A call that ended, told by one event: nothing new when the model's own call is known, else call and result. */
export function ended(asked: Asked, given: Omit<Given, "id" | "tool">, context: Context): Parsed {
  if (callOf(context.state, asked.id)) return NOTHING;
  remember(context.state, { id: asked.id, tool: asked.tool, done: true });
  const result = resultPart({ ...given, id: asked.id, tool: asked.tool }, context);
  return { parts: [callPart(asked, context), result] };
}

const SEARCH_SEED = 4;

/**
 * A web search: the model's item (often without an id) and the event are one search, told at once. `results` where the
 * version has them.
 */
export function searched(search: Json, stream: "item" | "event", context: Context): Parsed {
  const action = search.action ?? { query: search.query };
  if (isTwin(context.state, stream, hashOf(soughtIn(object(action)), SEARCH_SEED))) return NOTHING;
  const id = word(search.call_id) ?? word(search.id) ?? `web:${context.at ?? 0}`;
  const output: Output = { text: foundText(list(search.results)), images: [], failed: false };
  const tool = "web_search";
  return { parts: [callPart({ id, tool, input: action }, context), resultPart({ id, tool, output }, context)] };
}

/** What was sought, however it is written: the event says "other" where the item says nothing. */
function soughtIn(action: Json | null): string {
  const { type, query, queries, url, pattern } = action ?? {};
  const kind = word(type) ?? (word(query) ? "search" : "other");
  return jsonText([kind.replaceAll("_", "").toLowerCase(), word(query) ?? queries, url, pattern]);
}

/** What a search found, as far as the version tells: title, address and an extract of each page. */
function foundText(results: readonly unknown[]): string {
  const found = results.map((result) => {
    const { title, url, snippet, text } = object(result) ?? {};
    return [title, url, snippet, text].filter(word).join("\n");
  });
  return found.filter((page) => page !== "").join("\n\n");
}

/** An image the model made. */
export function drawn(item: Json, context: Context): Parsed {
  const id = word(item.call_id) ?? word(item.id) ?? "";
  const prompt = word(item.revised_prompt);
  const tool = "image_generation";
  return ended({ id, tool, input: prompt ? { prompt } : {} }, { output: drawing(item) }, context);
}

function drawing(item: Json): Output {
  const data = word(item.result);
  const image: Image | null = imageOf(data) ?? (data ? { mediaType: "image/png", data } : null);
  const text = word(item.saved_path) ?? "";
  return { text, images: image ? [image] : [], failed: item.status === "failed" };
}

/** The result of an MCP call: `{Ok: {content}}` or `{Err}` in events, the bare result and an error in items. */
export function mcpOutput(payload: Json): Output {
  const result = object(payload.result);
  const error = word(result?.Err) ?? word(object(payload.error)?.message) ?? word(payload.error);
  if (error !== undefined) return { text: error, images: [], failed: true };
  const ok = object(result?.Ok) ?? result;
  const output = readOutput({ content: list(ok?.content), isError: ok?.isError });
  return output;
}
