/** Bubbles: the editor's messages, one record each, written again under its key while it grows. */
import type { Tokens } from "../../domain/event.ts";
import type { Parsed, Part } from "../../domain/provider.ts";
import { count, type Json, list, millis, object, word } from "../json.ts";
import { splitPrompt } from "./prompt.ts";
import { placeFact, startFact, type State, titleFact } from "./state.ts";
import { answerOf, callForm, inputOf } from "./tools.ts";
import { folderOf } from "./folder.ts";

/** Indexes of a bubble's parts, in the order they are shown. */
const [THINKING, TEXT, CONTEXT, CALL, RESULT, ERROR] = [0, 1, 2, 3, 4, 5];

/** What the bubble `id` says now. */
export function readBubble(bubble: Json, id: string, state: State | null): Parsed {
  const tokens = tokensOf(bubble);
  const model = modelOf(bubble) ?? (state?.model || undefined);
  const at = timeOf(bubble);
  const mine = isUser(bubble) ? userParts(bubble) : modelParts(bubble, model, state === null);
  const parts = mine.map((part, n): Part => ({
    ...part,
    key: part.index === TEXT ? id : `${id}:${part.index}`,
    at,
    replaces: true,
    ...(n === 0 && tokens && { tokens }),
  }));
  const prompt = parts.find((part) => part.kind === "prompt")?.text;
  const cwd = folderOf(word(list(bubble.workspaceUris)[0]) ?? word(bubble.workspaceProjectDir));
  return {
    parts,
    facts: { ...titleFact(state, prompt), ...placeFact(state, cwd), ...startFact(state, at) },
    ...(tokens && { usage: [{ key: id, model: model ?? null, at, tokens }] }),
  };
}

function isUser({ type }: Json): boolean {
  return type === 1 || type === "user";
}

function userParts(bubble: Json): readonly Part[] {
  const text = word(bubble.text) ?? word(bubble.rawText) ?? richText(bubble.richText);
  const { prompt, injected } = splitPrompt(text);
  const parts: Part[] = prompt === null ? [] : [{ index: TEXT, kind: "prompt", text: prompt }];
  if (injected !== "") parts.push({ index: CONTEXT, kind: "notice", text: injected, injected: true });
  return parts;
}

function modelParts(bubble: Json, model: string | undefined, whole: boolean): readonly Part[] {
  const parts: Part[] = [];
  const thinking = thoughtsOf(bubble);
  if (thinking !== "") parts.push({ index: THINKING, kind: "thinking", text: thinking, model });
  const text = word(bubble.text) ?? word(bubble.rawText) ?? "";
  const tool = object(bubble.toolFormerData);
  if (text.trim() !== "") parts.push({ index: TEXT, kind: "reply", text, model, ...(!tool && { final: true }) });
  if (tool) parts.push(...toolParts(tool, model, whole));
  const failure = object(bubble.errorDetails);
  const said = word(failure?.message) ?? word(object(failure?.error)?.message);
  if (said !== undefined) parts.push({ index: ERROR, kind: "notice", text: said, isError: true, final: true });
  return parts;
}

function thoughtsOf(bubble: Json): string {
  const one = word(object(bubble.thinking)?.text) ?? word(bubble.thinking);
  if (one !== undefined) return one;
  const blocks = list(bubble.allThinkingBlocks).map(
    (block) => word(object(block)?.text) ?? word(object(block)?.thinking),
  );
  return blocks.filter((text) => text !== undefined).join("\n\n");
}

const ENDED = /^(?:completed|error|cancelled|rejected)$/;

/** A call, and its result once it has ended. Of old results only that they were is kept by the editor. */
function toolParts(tool: Json, model: string | undefined, whole: boolean): readonly Part[] {
  const name = word(tool.name);
  if (name === undefined) return [];
  const call = word(tool.toolCallId);
  const input = inputOf(tool.rawArgs, tool.params, tool.args);
  const asked: Part = {
    index: CALL,
    kind: "tool_call",
    call,
    tool: name,
    input,
    form: callForm(name, input, whole),
    model,
  };
  const status = word(tool.status) ?? "";
  const result = tool.result ?? tool.error;
  if (result === undefined && !ENDED.test(status)) return [asked];
  const { output, failed, form } = answerOf(name, input, result, whole);
  const isError = failed || (ENDED.test(status) && status !== "completed") || tool.userDecision === "rejected";
  return [asked, { index: RESULT, kind: "tool_result", call, tool: name, output, isError, form }];
}

function tokensOf(bubble: Json): Tokens | null {
  const said = object(bubble.tokenCount);
  const [input, output] = [count(said?.inputTokens), count(said?.outputTokens)];
  return input + output === 0 ? null : { input, output, cache_read: 0, cache_write: 0, reasoning: 0 };
}

/** "default" says that Cursor chose, not what. */
function modelOf(bubble: Json): string | undefined {
  const model = word(object(bubble.modelInfo)?.modelName) ?? word(bubble.modelType);
  return model === "default" ? undefined : model;
}

function timeOf(bubble: Json): number | undefined {
  const timing = object(bubble.timingInfo);
  return millis(bubble.createdAt) ?? millis(timing?.clientRpcSendTime) ?? millis(timing?.clientStartTime);
}

/** The editor's tree of paragraphs as text; "" when it is none. */
function richText(value: unknown): string {
  try {
    return nodeText(object(typeof value === "string" ? JSON.parse(value) : value)?.root, 0).trim();
  } catch {
    return "";
  }
}

const DEEPEST = 50;

function nodeText(value: unknown, depth: number): string {
  const node = object(value);
  if (!node || depth > DEEPEST) return "";
  const inner = list(node.children)
    .map((child) => nodeText(child, depth + 1))
    .join("");
  return `${word(node.text) ?? ""}${inner}${node.type === "paragraph" || node.type === "linebreak" ? "\n" : ""}`;
}
