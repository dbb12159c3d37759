/** `assistant` records: a model's message, usually one block of it to a line, with the whole message's usage on each. */
import type { PricedTokens } from "../../domain/event.ts";
import type { Part, Parsed, Usage } from "../../domain/provider.ts";
import { count, type Json, list, millis, object, word } from "../json.ts";
import { idOf, images, isInlineSidechain, notice, PLACES, stamp, texts, unknown } from "./record.ts";
import { type ClaudeState, isRepeat, rememberCall, takeCall } from "./state.ts";
import { callForm } from "./tools.ts";

/** Model name of messages that the tool wrote itself. */
const SYNTHETIC = "<synthetic>";

/** The parts of an `assistant` record, one for each block that says something, and its usage. */
export function readAssistant(record: Json, state: ClaudeState | null): Parsed {
  const message = object(record.message);
  if (!message) return unknown(record);
  if (record.isApiErrorMessage === true || message.model === SYNTHETIC) return synthetic(record, message);
  const tokens = tokensOf(message);
  const parts = blockParts(record, message, state);
  const [first, ...rest] = parts;
  const usage = tokens ? usageOf(record, { message, tokens, at: first?.at ?? millis(record.timestamp) }) : undefined;
  return { parts: first && tokens ? [{ ...first, tokens }, ...rest] : parts, ...(usage && { usage: [usage] }) };
}

/** An API's failure ends the turn; other messages of the tool ("No response requested.") are its own talk. */
function synthetic(record: Json, message: Json): Parsed {
  const failed = record.isApiErrorMessage === true;
  return notice(
    record,
    texts(message.content).join("\n"),
    failed ? { isError: true, final: true } : { injected: true },
  );
}

function blockParts(record: Json, message: Json, state: ClaudeState | null): readonly Part[] {
  const blocks =
    typeof message.content === "string" ? [{ type: "text", text: message.content }] : list(message.content);
  const model = idOf(message.model);
  const aside = isInlineSidechain(record);
  const last = endsTurn(record, message) ? blocks.findLastIndex(isText) : -1;
  const parts: Part[] = [];
  for (let place = 0; place < blocks.length && place < PLACES; place++) {
    const block = object(blocks[place]);
    const part = block && blockPart(block, { index: place, state });
    if (!part || (state && isRepeat(state, blockMark(message, part)))) continue;
    const whole: Part = { ...stamp(record, place), model, ...part, ...(place === last && { final: true }) };
    // A sub-agent's words are not the session's reply; its calls and their results are work done in it.
    parts.push(aside && part.kind === "reply" ? { ...whole, kind: "notice" } : whole);
  }
  return parts;
}

function isText(block: unknown): boolean {
  const text = object(block)?.text;
  return typeof text === "string" && text.trim() !== "";
}

function endsTurn(record: Json, message: Json): boolean {
  if (isInlineSidechain(record)) return false;
  return message.stop_reason === "end_turn" || message.stop_reason === "stop_sequence";
}

type Block = { readonly index: number; readonly state: ClaudeState | null };

function blockPart(block: Json, { index, state }: Block): Part | null {
  switch (block.type) {
    case "text":
      return isText(block) && block.text !== "(no content)" ? { index, kind: "reply", text: word(block.text) } : null;
    case "thinking": {
      const text = word(block.thinking);
      return text !== undefined && text.trim() !== "" ? { index, kind: "thinking", text } : null;
    }
    case "redacted_thinking":
      return null;
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use":
      return toolCall(block, { index, state });
    case "image":
      return { index, kind: "reply", images: images([block]) };
    case "fallback":
      return { index, kind: "notice", text: `${modelIn(block.from)} → ${modelIn(block.to)}` };
  }
  if (typeof block.tool_use_id === "string") return serverResult(block, { index, state });
  return { index, kind: "unknown", text: word(block.type)?.slice(0, 200), input: block };
}

/** Tools whose call hands the turn to the person. */
const ASKS = new Set(["AskUserQuestion", "ExitPlanMode"]);

function toolCall(block: Json, { index, state }: Block): Part {
  const call = word(block.id);
  const tool = word(block.name) ?? "";
  if (state && call !== undefined) rememberCall(state, { id: call, name: tool });
  const form = callForm({ name: tool, input: object(block.input), shown: state === null });
  return { index, kind: "tool_call", call, tool, input: block.input, form, ...(ASKS.has(tool) && { final: true }) };
}

/** The result of a tool that ran at the API: it stands in the model's own message. */
function serverResult(block: Json, { index, state }: Block): Part {
  const call = word(block.tool_use_id);
  const tool = state && call !== undefined ? takeCall(state, call) : undefined;
  const found = list(block.content).map((item) => [word(object(item)?.title), word(object(item)?.url)]);
  const output = found.map((line) => line.filter((part) => part !== undefined).join(" ")).filter((line) => line !== "");
  const failed = word(object(block.content)?.error_code);
  const part: Part = { index, kind: "tool_result", call, tool, output: failed ?? output.join("\n") };
  return failed === undefined ? part : { ...part, isError: true };
}

function modelIn(value: unknown): string {
  return word(value) ?? word(object(value)?.model) ?? "?";
}

const LONG_ID = 16;

/** Tells a block from the others of its message, cheaply: a streamed message may be written again under new uuids. */
function blockMark(message: Json, part: Part): string {
  // A gateway may write a call again in its next message. Short ids may be counted anew in each.
  if (part.call !== undefined && part.call.length >= LONG_ID) return `${part.kind}:${part.call}`;
  const text = part.call ?? part.text ?? "";
  return `${message.id}:${part.index}:${part.kind}:${text.length}:${text.slice(0, 64)}:${text.slice(-64)}`;
}

function tokensOf(message: Json): PricedTokens | undefined {
  const usage = object(message.usage);
  if (!usage) return undefined;
  const tokens = {
    input: count(usage.input_tokens),
    output: count(usage.output_tokens),
    cache_read: count(usage.cache_read_input_tokens),
    cache_write: count(usage.cache_creation_input_tokens),
    reasoning: 0,
    ...keptLonger(usage),
  };
  return tokens.input + tokens.output + tokens.cache_read + tokens.cache_write > 0 ? tokens : undefined;
}

/** Said only where it is something: most calls write for five minutes. */
function keptLonger(usage: Json): Pick<PricedTokens, "cache_write_1h"> | undefined {
  const written = count(object(usage.cache_creation)?.ephemeral_1h_input_tokens);
  return written > 0 ? { cache_write_1h: Math.min(written, count(usage.cache_creation_input_tokens)) } : undefined;
}

/** The API's own ids are unique without the request's, which some copies of a message lack; a gateway's may not be. */
const UNIQUE = /^msg_\w{20,}$/;

type Charge = { readonly message: Json; readonly tokens: PricedTokens; readonly at: number | undefined };

/** Every line of a message repeats its usage, some with a smaller, early `output`: the key makes them one. */
function usageOf(record: Json, from: Charge): Usage | undefined {
  const id = word(from.message.id);
  const request = UNIQUE.test(id ?? "") ? undefined : word(record.requestId);
  const key = id !== undefined && request !== undefined ? `${id}:${request}` : (id ?? word(record.uuid));
  if (key === undefined) return undefined;
  return { key, model: word(from.message.model) ?? null, at: from.at, tokens: from.tokens };
}
