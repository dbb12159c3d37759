/** What people and models said. Each text is written twice, as a model item and as an event: the first one is shown. */
import type { Facts, Parsed, Part } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { imageOf } from "../text.ts";
import { titleOf } from "../title.ts";
import { isInjected, tell, type Told, unwrapped } from "./noise.ts";
import { isCopied } from "./replay.ts";
import { type Context, type State, type Stream, asked, hashOf, isEcho, isTwin } from "./state.ts";

export const NOTHING: Parsed = { parts: [] };

/** Seeds: equal words of different kinds are no twins. */
const SEED = { prompt: 1, reply: 2, thinking: 3 } as const;
/** Where the raw chain of thought begins among the parts of a record; summaries stand before it. */
const RAW_THOUGHT = 200;
const MOST_THOUGHTS = 200;

/** Shorter ids come from gateways that use them again; those without a digit are names ("review_rollout_user"). */
const UNIQUE_ID = 16;

/** The record's own id as a key, if it is one that never comes again. */
export function keyOf(prefix: string, id: unknown): string | undefined {
  return typeof id === "string" && id.length >= UNIQUE_ID && /\d/.test(id) ? `${prefix}:${id}` : undefined;
}

/** A model item of type `message`, of any role. */
export function message(item: Json, context: Context): Parsed {
  if (item.role === "assistant") {
    return reply(textOf(item.content), "item", { key: keyOf("m", item.id), phase: item.phase }, context);
  }
  const told = tell(item.content ?? item.message, object(item.internal_chat_message_metadata_passthrough));
  if (item.role === "user") return userMessage(told, item.id, context);
  const text = told.prompt + told.injected;
  return text === ""
    ? NOTHING
    : { parts: [notice(text, context, { index: 1, injected: true, key: keyOf("i", item.id) })] };
}

function userMessage(told: Told, id: unknown, context: Context): Parsed {
  const shown = prompt(told, "item", context, keyOf("m", id));
  if (told.injected === "") return shown;
  const injected = notice(told.injected, context, { index: 1, injected: true, key: keyOf("i", id) });
  return { ...shown, parts: [...shown.parts, injected], facts: { ...shown.facts, ...placeIn(told.injected, context) } };
}

/** Older versions tell the working directory only in what they inject. */
function placeIn(injected: string, { state }: Context): Facts {
  if (!state || state.cwd !== "" || isCopied(state)) return {};
  const cwd = /<cwd>([^<\n]{1,4096})<\/cwd>/.exec(injected)?.[1];
  if (!cwd) return {};
  state.cwd = cwd;
  return { cwd };
}

/** An event that carries a prompt. */
export function promptEvent(text: string, images: Told["images"], context: Context): Parsed {
  if (isInjected(text)) return NOTHING;
  return prompt({ prompt: unwrapped(text), injected: "", images }, "event", context, undefined);
}

function prompt(told: Told, stream: Stream, context: Context, id: string | undefined): Parsed {
  if (told.prompt.trim() === "" && told.images.length === 0) return NOTHING;
  const { state, at } = context;
  // The streams differ in white space, where several items become one text.
  const hash = hashOf(told.prompt.replace(/\s+/g, ""), SEED.prompt);
  if (isTwin(state, stream, hash)) return NOTHING;
  // Items are told apart by being items: in copied history two equal ones stand close together.
  if (stream === "event" && isEcho(context, hash)) return NOTHING;
  const key = id ?? (at === undefined ? undefined : unusedKey(state, `p:${at}:${hash}`));
  if (key) asked(state, key);
  const images = told.images.length > 0 ? { images: told.images } : {};
  const part: Part = { index: 0, kind: "prompt", key, at, text: told.prompt, ...images };
  return { parts: [part], facts: titled(told.prompt, context) };
}

/** In copied history two equal prompts may bear the same time. */
function unusedKey(state: State | null, key: string): string {
  return state?.prompts.includes(key) ? unusedKey(state, `${key}+`) : key;
}

function titled(text: string, { state }: Context): Facts {
  const title = state && !state.titled && !isCopied(state) ? titleOf(text) : undefined;
  if (!state || !title) return {};
  state.titled = true;
  return { title: { text: title, trust: "prompt" } };
}

type Said = { readonly key: string | undefined; readonly phase: unknown };

/** What the model said to the person. Text between tool calls is marked as commentary, where the version marks it. */
export function reply(text: string, stream: Stream, { key, phase }: Said, context: Context): Parsed {
  const shown = spoken(text);
  if (shown === "") return NOTHING;
  if (isTwin(context.state, stream, hashOf(withoutPlan(shown), SEED.reply))) return NOTHING;
  const model = context.state?.model || undefined;
  return {
    parts: [{ index: 0, kind: "reply", key, at: context.at, text: shown, model, final: phase !== "commentary" }],
  };
}

/** Without what is there for the program only. */
function spoken(text: string): string {
  const cited = text.indexOf("<oai-mem-citation>");
  return (cited < 0 ? text : text.slice(0, cited)).trim();
}

/** The event leaves a proposed plan out. */
function withoutPlan(text: string): string {
  return text.includes("<proposed_plan>")
    ? text.replace(/<proposed_plan>[\s\S]*?(?:<\/proposed_plan>|$)/g, "").trim()
    : text;
}

type Thinking = {
  readonly summaries: readonly unknown[];
  readonly raw: readonly unknown[];
  readonly id: unknown;
  readonly stream: Stream;
};

/** Thoughts as the parts of one record: summaries, then the raw text. Each is met again as an event of its own. */
export function thoughts({ summaries, raw, id, stream }: Thinking, context: Context): readonly Part[] {
  const parts: Part[] = [];
  const prefix = keyOf("t", id);
  const model = context.state?.model || undefined;
  const add = (thought: unknown, index: number) => {
    const text = (typeof thought === "string" ? thought : (word(object(thought)?.text) ?? "")).trim();
    if (text === "") return;
    const hash = hashOf(text, SEED.thinking);
    if (isTwin(context.state, stream, hash) || isEcho(context, hash)) return;
    parts.push({ index, kind: "thinking", key: prefix && `${prefix}:${index}`, at: context.at, text, model });
  };
  summaries.slice(0, MOST_THOUGHTS).forEach((thought, n) => add(thought, n));
  raw.slice(0, MOST_THOUGHTS).forEach((thought, n) => add(thought, RAW_THOUGHT + n));
  return parts;
}

/** The text of a list of content items, without a break between them: so the events have it. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((item) => word(object(item)?.text) ?? "")
    .join("");
}

/** The images of a prompt event: data URLs, or `{image_url}` items. */
export function imagesOf(values: readonly unknown[]): Told["images"] {
  return values.flatMap((value) => imageOf(object(value)?.image_url ?? value) ?? []);
}

/** Something that happened, or that the tool said. */
export function notice(text: string, { at }: Context, more: Partial<Part> = {}): Part {
  return { index: 0, kind: "notice", at, text, ...more };
}
