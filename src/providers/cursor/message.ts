/** Messages `{role, content}` of the CLI's store, and `{role, message: {content}}` of transcripts. */
import type { Image, Parsed, Part } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { imageOf, joinLines } from "../text.ts";
import { splitPrompt } from "./prompt.ts";
import { noteCall, type State, titleFact, toolOf } from "./state.ts";
import { answerOf, callForm } from "./tools.ts";

/** Each block has two indexes: what it says, and what was put around it. */
const MOST_BLOCKS = 510;
const PICTURES = 2 * MOST_BLOCKS;

type Context = {
  readonly role: string;
  readonly key: string | null;
  readonly state: State | null;
  readonly model: string | undefined;
  readonly last: boolean;
};

/** The parts of a message. `key` null: it has none of its own. */
export function readMessage(value: Json, key: string | null, state: State | null): Parsed {
  const role = word(value.role) ?? "";
  const content = object(value.message)?.content ?? value.content;
  const blocks = typeof content === "string" ? [{ type: "text", text: content }] : list(content);
  const calls = blocks.some((block) => CALL.test(String(object(block)?.type)));
  const model = modelIn(value) ?? (role === "assistant" ? state?.model || undefined : undefined);
  const context = { role, key, state, model, last: role === "assistant" && !calls };
  const parts = blocks
    .slice(0, MOST_BLOCKS)
    .flatMap((block, n) =>
      readBlock(typeof block === "string" ? { type: "text", text: block } : object(block), n, context),
    );
  const pictures = role === "user" ? blocks.map((block) => pictureOf(object(block))).filter((one) => one !== null) : [];
  if (pictures.length > 0) withPictures(parts, pictures, key);
  return { parts, facts: titleFact(state, parts.find((part) => part.kind === "prompt")?.text) };
}

const CALL = /^tool[-_](?:call|use)$/;

function readBlock(block: Json | null, n: number, context: Context): readonly Part[] {
  if (!block) return [];
  const type = String(block.type);
  if (type === "text") return spoken(word(block.text) ?? "", n, context);
  if (type === "reasoning" || type === "thinking") return thought(block, n, context);
  if (CALL.test(type)) return [called(block, n, context)];
  if (/^tool[-_]result$/.test(type)) return [answered(block, n, context)];
  if (type === "image" || type === "redacted-reasoning") return [];
  return [
    { ...place(n, 0, context), kind: "unknown", text: joinLines([type, word(block.text) ?? ""].filter(Boolean)) },
  ];
}

function place(n: number, at: 0 | 1, { key }: Context): { readonly index: number; readonly key?: string } {
  const index = 2 * n + at;
  return { index, ...(key !== null && { key: `${key}:${index}` }) };
}

function spoken(text: string, n: number, context: Context): readonly Part[] {
  if (text.trim() === "") return [];
  const { role, model, last } = context;
  if (role === "assistant")
    return [{ ...place(n, 0, context), kind: "reply", text, model, ...(last && { final: true }) }];
  if (role !== "user") return [{ ...place(n, 1, context), kind: "notice", text, injected: true }];
  const { prompt, injected } = splitPrompt(text);
  const parts: Part[] = prompt === null ? [] : [{ ...place(n, 0, context), kind: "prompt", text: prompt }];
  if (injected !== "") parts.push({ ...place(n, 1, context), kind: "notice", text: injected, injected: true });
  return parts;
}

function thought(block: Json, n: number, context: Context): readonly Part[] {
  const text = word(block.text) ?? word(block.thinking) ?? "";
  return text.trim() === "" ? [] : [{ ...place(n, 0, context), kind: "thinking", text, model: context.model }];
}

function called(block: Json, n: number, context: Context): Part {
  const tool = word(block.toolName) ?? word(block.name) ?? "unknown";
  const input = block.args ?? block.input;
  const call = word(block.toolCallId) ?? word(block.id);
  noteCall(context.state, call, tool);
  const form = callForm(tool, input, context.state === null);
  return { ...place(n, 0, context), kind: "tool_call", call, tool, input, form, model: context.model };
}

function answered(block: Json, n: number, context: Context): Part {
  const call = word(block.toolCallId) ?? word(block.tool_use_id);
  const tool = word(block.toolName) ?? word(block.name) ?? toolOf(context.state, call);
  const result = block.result ?? block.content ?? block.output;
  const text = list(result)
    .map((one) => word(object(one)?.text))
    .filter((one) => one !== undefined);
  const answer = answerOf(tool ?? "", undefined, text.length > 0 ? joinLines(text) : result, context.state === null);
  const isError = answer.failed || block.is_error === true || block.isError === true;
  const { output } = answer;
  return {
    ...place(n, 0, context),
    kind: "tool_result",
    call,
    tool,
    output,
    isError,
    ...(tool !== undefined && { form: answer.form }),
  };
}

function pictureOf(block: Json | null): Image | null {
  return block?.type === "image" ? (imageOf(block.image) ?? imageOf(object(block.image_url)?.url)) : null;
}

/** Pictures belong to the prompt that they came with. */
function withPictures(parts: Part[], images: readonly Image[], key: string | null): void {
  const at = parts.findIndex((part) => part.kind === "prompt");
  if (at >= 0) parts[at] = { ...parts[at]!, images };
  else
    parts.push({
      index: PICTURES,
      kind: "prompt",
      text: "",
      images,
      ...(key !== null && { key: `${key}:${PICTURES}` }),
    });
}

function modelIn(value: Json): string | undefined {
  return word(value.model) ?? word(object(object(value.providerOptions)?.cursor)?.modelName);
}
