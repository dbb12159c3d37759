/** Messages. Each part of a message keeps its index however often the message is written again. */
import type { Part } from "../../domain/provider.ts";
import type { Tokens } from "../../domain/event.ts";
import { count, type Json, list, millis, object, word } from "../json.ts";
import { joinLines } from "../text.ts";
import { callParts, imagesOf, responseOf } from "./tools.ts";

/** Indexes of a message's parts: thoughts, then the text, then each call with its result, in the order they are shown. */
const TEXT = 200;
const CALLS = 300;
const MOST_CALLS = 361;

/** All parts of a message, whatever was shown of it before. `whole`: patches too. */
export function messageParts(message: Json, whole: boolean): readonly Part[] {
  switch (message.type) {
    case "user":
      return userParts(message);
    case "gemini":
      return modelParts(message, whole);
    case "info":
    case "warning":
    case "error":
      return aside(message);
    default:
      return [{ ...stamp(message, ""), index: 0, kind: "unknown", text: word(message.type) ?? "message" }];
  }
}

function stamp(message: Json, part: string) {
  const id = word(message.id);
  return { key: id && `${id}${part}`, at: millis(message.timestamp) };
}

/** What the program says. Errors and cancellations end the turn. */
function aside(message: Json): readonly Part[] {
  const text = textOf(contentParts(message));
  if (text === "") return [];
  const isError = message.type === "error";
  const final = isError || text === "Request cancelled.";
  return [
    { ...stamp(message, ""), index: 0, kind: "notice", text, ...(isError && { isError }), ...(final && { final }) },
  ];
}

const REFERENCED = "--- Content from referenced files ---";
/** A history folded into a summary by `/compress`. */
const SNAPSHOT = /^<(?:state_snapshot|scratchpad)>[\s\S]*<state_snapshot>|^<state_snapshot>/;

/** The summary that takes the history's place. */
export function isSnapshot(message: Json): boolean {
  return message.type === "user" && SNAPSHOT.test(textOf(contentParts(message)).trimStart());
}

function userParts(message: Json): readonly Part[] {
  const content = contentParts(message);
  const text = textOf(content);
  const images = imagesOf(content);
  const parts: Part[] = [];
  if (isSnapshot(message)) parts.push({ ...stamp(message, ""), index: 0, kind: "compaction", text });
  else if (text.trim() !== "" || images.length > 0) parts.push(...spoken(message, text, images));
  return [...parts, ...responses(message, content)];
}

/** The person's words; files that an `@path` brought in come after them, as the tool's. */
function spoken(message: Json, text: string, images: Part["images"]): readonly Part[] {
  const base = { ...stamp(message, ""), index: 0, ...(images && images.length > 0 && { images }) };
  const kind = kindOfText(text.trimStart());
  if (kind !== "prompt") return [{ ...base, kind: "notice", text, ...(kind === "injected" && { injected: true }) }];
  const shown = textOf(contentParts({ content: message.displayContent })) || text;
  const at = shown.indexOf(REFERENCED);
  const prompt: Part = { ...base, kind: "prompt", text: (at < 0 ? shown : shown.slice(0, at)).trim() };
  const from = text.indexOf(REFERENCED);
  if (from < 0) return [prompt];
  return [prompt, { ...stamp(message, ":f"), index: 1, kind: "notice", text: text.slice(from), injected: true }];
}

/** Commands are the person's, but no prompts: the model never sees them. */
function kindOfText(text: string): "prompt" | "command" | "injected" {
  if (/^<(?:session_context|hook_context)>/.test(text)) return "injected";
  return /^[/?]/.test(text) ? "command" : "prompt";
}

/** Results as they go to the model; nearly always the message before has given them. */
function responses(message: Json, content: readonly unknown[]): readonly Part[] {
  const parts: Part[] = [];
  for (const item of content) {
    const response = object(object(item)?.functionResponse);
    if (!response || parts.length >= MOST_CALLS) continue;
    const { text, failed } = responseOf(item);
    const n = parts.length;
    const call = word(response.id);
    const tool = word(response.name);
    parts.push({
      ...stamp(message, `:r${n}`),
      index: CALLS + 1 + 2 * n,
      kind: "tool_result",
      call,
      tool,
      output: text,
      isError: failed,
    });
  }
  return parts;
}

function modelParts(message: Json, whole: boolean): readonly Part[] {
  const content = contentParts(message);
  const model = word(message.model);
  const calls = callsOf(message, content);
  const parts: Part[] = thoughtsOf(message, content).map((text, n) => ({
    ...stamp(message, `:t${n}`),
    index: n,
    kind: "thinking",
    text,
    model,
  }));
  const text = textOf(content).trim();
  if (text !== "")
    parts.push({
      ...stamp(message, ""),
      index: TEXT,
      kind: "reply",
      text,
      model,
      ...(calls.length === 0 && { final: true }),
    });
  calls.slice(0, MOST_CALLS).forEach((call, n) => {
    const { key, at } = stamp(message, `:c${n}`);
    parts.push(...callParts(call, { index: CALLS + 2 * n, key: key ?? "", at, model, whole }));
  });
  const tokens = tokensOf(message);
  return tokens && parts[0] ? [{ ...parts[0], tokens }, ...parts.slice(1)] : parts;
}

/** Thoughts stand in a field of their own, or among the content, which then repeats them. */
function thoughtsOf(message: Json, content: readonly unknown[]): readonly string[] {
  const own = list(message.thoughts).map((thought) => {
    const { subject, description } = object(thought) ?? {};
    return joinLines(
      [word(subject) ? `**${String(subject)}**` : "", word(description) ?? ""].filter((part) => part !== ""),
    );
  });
  const thoughts = own.length > 0 ? own : content.filter(isThought).map((part) => word(object(part)?.text) ?? "");
  return thoughts.filter((text) => text.trim() !== "").slice(0, TEXT);
}

/** Calls likewise. */
function callsOf(message: Json, content: readonly unknown[]): readonly Json[] {
  const own = list(message.toolCalls).map(object);
  const calls = own.length > 0 ? own : content.map((part) => object(object(part)?.functionCall));
  return calls.filter((call) => call !== null);
}

function isThought(part: unknown): boolean {
  return object(part)?.thought === true;
}

function contentParts(message: Json): readonly unknown[] {
  const { content } = message;
  if (Array.isArray(content)) return content;
  return content === undefined || content === null ? [] : [content];
}

function textOf(parts: readonly unknown[]): string {
  return parts
    .map((part) => (typeof part === "string" ? part : isThought(part) ? "" : (word(object(part)?.text) ?? "")))
    .join("");
}

/** A message's tokens; null when it has none. The record's `input` includes what came from the cache. */
export function tokensOf(message: Json): Tokens | null {
  const said = object(message.tokens);
  if (!said) return null;
  const reasoning = count(said.thoughts);
  return {
    input: Math.max(0, count(said.input) - count(said.cached)) + count(said.tool),
    output: count(said.output) + reasoning,
    cache_read: count(said.cached),
    cache_write: 0,
    reasoning,
  };
}
