/** `user` records: what the person typed, what the tool said in their place, and the results of tools. */
import type { Part, Parsed } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { titleOf } from "../title.ts";
import { images, isInlineSidechain, NOTHING, PLACES, stamp, texts, unknown } from "./record.ts";
import { type Spoken, spoken } from "./spoken.ts";
import { type ClaudeState, delivered, takeCall } from "./state.ts";
import { resultForm } from "./tools.ts";

/** The parts of a `user` record: at most one of speech, one for each tool result. */
export function readUser(record: Json, state: ClaudeState | null): Parsed {
  const message = object(record.message);
  if (!message) return unknown(record);
  const blocks = list(message.content);
  const results = toolResults(record, { blocks, state });
  const speech = speechPart(record, { content: message.content, answers: results.length > 0, state });
  const parts = speech ? [...results, speech].sort((a, b) => a.index - b.index) : results;
  return withTitle({ parts }, state);
}

/** The first prompt names its session, until something better does. */
export function withTitle(parsed: Parsed, state: ClaudeState | null): Parsed {
  if (state?.titled) return parsed;
  const text = parsed.parts.find((part) => part.kind === "prompt")?.text;
  const title = text === undefined ? undefined : titleOf(text);
  if (title === undefined) return parsed;
  if (state) state.titled = true;
  return { ...parsed, facts: { ...parsed.facts, title: { text: title, trust: "prompt" } } };
}

type Speech = { readonly content: unknown; readonly answers: boolean; readonly state: ClaudeState | null };

function speechPart(record: Json, { content, answers, state }: Speech): Part | null {
  const pictures = images(list(content));
  const said = judge(record, together(texts(content)) ?? (pictures && !answers ? PICTURES : null));
  if (!said) return null;
  // Beside results a text stands in the order of the blocks; else it is the whole record.
  const index = answers ? 1 + list(content).findIndex((block) => object(block)?.type === "text") : 0;
  if (index > PLACES) return null;
  const queued = state && !answers ? delivered(state, { text: said.text, fate: "dequeued" }) : undefined;
  const part = spokenPart(record, said, index);
  return { ...part, ...(pictures && !answers && { images: pictures }), ...again(queued, pictures) };
}

/** A part of speech: alone in its record, unless `index` says where it stands. */
export function spokenPart(record: Json, { kind, text, injected, final }: Spoken, index = 0): Part {
  const part = { ...stamp(record, index), kind, ...(text !== "" && { text }) };
  return { ...part, ...(injected && { injected }), ...(final && { final }) };
}

/**
 * A prompt that was queued stands under its key since then. What is delivered says it once more,
 * and says more than the queue did only when it has pictures.
 */
export function again(queued: string | undefined, pictures: unknown): Pick<Part, "key" | "replaces"> {
  if (queued === undefined) return {};
  return { key: queued, ...(pictures !== undefined && { replaces: true }) };
}

const PICTURES: Spoken = { kind: "prompt", text: "", injected: false, final: false };

/** Several text blocks are one speech: the prompts among them, or else all. */
export function together(blocks: readonly string[]): Spoken | null {
  if (blocks.length === 1) return spoken(blocks[0]!);
  const all = blocks.map(spoken).filter((said) => said !== null);
  const prompts = all.filter((said) => said.kind === "prompt");
  const shown = prompts.length > 0 ? prompts : all;
  const first = shown[0];
  if (!first) return null;
  const text = shown.map((said) => said.text).join("\n\n");
  return { ...first, text, final: all.some((said) => said.final) };
}

/** What reads like a prompt is none when its record says that the person did not write it. */
function judge(record: Json, said: Spoken | null): Spoken | null {
  if (!said) return null;
  if (record.isCompactSummary === true) return { ...said, kind: "compaction", injected: true };
  if (said.kind !== "prompt" || isTyped(record)) return said;
  return { ...said, kind: "notice", injected: true };
}

function isTyped(record: Json): boolean {
  if (record.isMeta === true || isInlineSidechain(record)) return false;
  if (record.toolUseResult !== undefined || record.sourceToolUseID !== undefined) return false;
  const origin = object(record.origin)?.kind;
  return (origin === undefined || origin === "human") && record.promptSource !== "system";
}

type Answers = { readonly blocks: readonly unknown[]; readonly state: ClaudeState | null };

function toolResults(record: Json, { blocks, state }: Answers): readonly Part[] {
  const parts: Part[] = [];
  for (let place = 0; place < blocks.length && place < PLACES; place++) {
    const block = object(blocks[place]);
    if (block?.type !== "tool_result") continue;
    parts.push(toolResult(record, { block, index: place + 1, alone: blocks.length === 1, state }));
  }
  return parts.length === 0 ? NOTHING.parts : parts;
}

type Answer = {
  readonly block: Json;
  readonly index: number;
  readonly alone: boolean;
  readonly state: ClaudeState | null;
};

function toolResult(record: Json, { block, index, alone, state }: Answer): Part {
  const call = word(block.tool_use_id);
  const name = state && call !== undefined ? takeCall(state, call) : undefined;
  const output = cleanOutput(typeof block.content === "string" ? block.content : texts(block.content).join("\n"));
  const isError = block.is_error === true;
  // The structured result beside the message is one block's; beside several it is nobody's.
  const detail = alone ? record.toolUseResult : undefined;
  const form = resultForm({ name, detail, output, isError, shown: state === null });
  const part = { ...stamp(record, index), kind: "tool_result" as const, call, tool: name, output };
  const pictures = images(list(block.content));
  return { ...part, ...(form && { form }), ...(isError && { isError }), ...(pictures && { images: pictures }) };
}

const REMINDER = "<system-reminder>";
const FAILURE = "<tool_use_error>";

const FAILED = "</tool_use_error>";

function unwrapped(failure: string): string {
  return failure.slice(FAILURE.length, failure.endsWith(FAILED) ? -FAILED.length : undefined);
}

/** The output without what the tool tells the model beside it. Only ends are looked at: outputs are long. */
function cleanOutput(output: string): string {
  if (!output.endsWith(">") && !output.endsWith(">\n")) return output;
  if (output.startsWith(FAILURE)) return unwrapped(output.trimEnd());
  if (!output.trimEnd().endsWith("</system-reminder>")) return output;
  return output.slice(0, Math.max(0, output.lastIndexOf(REMINDER))).trimEnd();
}
