/**
 * Gemini since 0.39: a log of events, not of messages. A message is written again, under its id, with more in it;
 * `$set.messages` writes the model's whole view anew (poorer: without tokens and calls), `$rewindTo` takes back.
 * We keep what a person saw: the richest version of each message, nothing removed. Before, one object with all messages
 * was rewritten whole: its header and messages are such a log's first lines, and a log that goes on from it begins so.
 */
import type { Facts, Line, Parsed, Part, Provider, Usage } from "../domain/provider.ts";
import { advice } from "./gemini/advice.ts";
import { folders } from "./gemini/folders.ts";
import { identify, roots } from "./gemini/identity.ts";
import { isSnapshot, messageParts, tokensOf } from "./gemini/messages.ts";
import { price } from "./gemini/price.ts";
import { registrations } from "./gemini/registrations.ts";
import { runner } from "./gemini/runner.ts";
import { fresh, isKnown, know, start, type State, unanswered } from "./gemini/state.ts";
import { taken } from "./gemini/rewind.ts";
import { type Json, list, millis, object, word } from "./json.ts";
import { mend } from "./mend.ts";
import { titleOf } from "./title.ts";

export const gemini: Provider<State> = {
  name: "gemini",
  label: "Gemini",
  mark: "G",
  version: 2,
  roots,
  identify,
  start,
  parse(line, state) {
    const value = object(line.value) ?? (line.oversize ? object(mend(line.text)) : null);
    return value ? record(value, state) : unreadable(line);
  },
  explode,
  aside: folders,
  advice,
  registrations,
  runner,
  price,
};

const NOTHING: Parsed = { parts: [] };
/** Indexes end here; a checkpoint of more parts is cut, and its last one says so. */
const MOST_PARTS = 1023;
const CUT: Part = { index: MOST_PARTS, kind: "unknown", text: "More messages stand in this record of the log." };

/** The header, then each message. A message without a type stays what it is: unknown. */
function explode(value: unknown): readonly unknown[] | null {
  const session = object(value);
  if (!session || !Array.isArray(session.messages)) return null;
  const { messages: _, ...header } = session;
  return [header, ...list(session.messages)];
}

function unreadable({ text }: Line): Parsed {
  return text === "" ? NOTHING : { parts: [{ index: 0, kind: "unknown", text: text.slice(0, 4096) }] };
}

function record(value: Json, state: State | null): Parsed {
  if (word(value.$rewindTo)) return { parts: [], marks: taken(String(value.$rewindTo), state) };
  const set = object(value.$set);
  if (set) return metadata(set, state);
  if (word(value.sessionId)) return header(value, state);
  if (word(value.id) && word(value.type)) return message(value, state);
  return { parts: [{ index: 0, kind: "unknown", text: Object.keys(value).slice(0, 8).join(", ").slice(0, 200) }] };
}

/** The first line; with `messages` it is a whole session of the older format in one line. */
function header(value: Json, state: State | null): Parsed {
  const parsed = metadata(value, state);
  if (!state || state.started) return parsed;
  state.started = true;
  const kind = value.kind === "subagent" ? "subagent" : undefined;
  return { ...parsed, facts: { ...parsed.facts, startedAt: millis(value.startTime), ...(kind && { kind }) } };
}

function metadata(set: Json, state: State | null): Parsed {
  const summary = word(set.summary)?.trim();
  const facts: Facts = {
    ...(summary && { title: { text: summary, trust: "summary" } }),
    ...place(word(list(set.directories)[0]), state),
  };
  if (!Array.isArray(set.messages)) return { parts: [], facts };
  const parsed = checkpoint(set.messages, state);
  return { ...parsed, facts: { ...parsed.facts, ...facts } };
}

/** The project's folder is no field of the record; what the tool tells the model names it. */
function place(cwd: string | undefined, state: State | null): Facts {
  if (!cwd || !state || state.placed) return {};
  state.placed = true;
  return { cwd };
}

const WORKSPACE =
  /(?:\*\*Workspace Directories:\*\*|Current workspace directories:)\n\s*- ([^\n]+)|working in the directory: ([^\n]+)/;

function message(value: Json, state: State | null): Parsed {
  const parts = messageParts(value, state === null).map(replacing);
  if (!state) return { parts };
  const id = String(value.id);
  if (!isKnown(state, id)) know(state, id);
  state.first ??= parts[0]?.key ?? null;
  const usage = usageOf(value);
  if (isSnapshot(value)) state.foldedAt = millis(value.timestamp) ?? 0;
  else if (isFolded(value, state)) return { parts: [] };
  const given = fresh(state, id, value.type === "user" ? unanswered(state, parts) : parts);
  if (value.type === "gemini") unanswered(state, given);
  return { parts: given, facts: told(given, state), ...(usage && { usage: [usage] }) };
}

/** A message that comes again shows its newest version. */
function replacing(part: Part): Part {
  return part.key === undefined ? part : { ...part, replaces: true };
}

/** After a summary the tool writes what it kept of the history under new ids, at once and without tokens. */
const FOLD_MS = 2000;

function isFolded(value: Json, state: State): boolean {
  const at = millis(value.timestamp) ?? 0;
  return state.foldedAt > 0 && at >= state.foldedAt && at - state.foldedAt < FOLD_MS && !object(value.tokens);
}

function usageOf(value: Json): Usage | undefined {
  const tokens = tokensOf(value);
  return tokens
    ? { key: String(value.id), model: word(value.model) ?? null, at: millis(value.timestamp), tokens }
    : undefined;
}

/** What parts say about the session: the first prompt names it, the tool's own words say where it works. */
function told(parts: readonly Part[], state: State): Facts {
  const prompt = state.titled ? undefined : parts.find((part) => part.kind === "prompt")?.text;
  const title = prompt === undefined ? undefined : titleOf(prompt);
  if (title) state.titled = true;
  const context = state.placed ? undefined : parts.find((part) => part.kind === "notice")?.text;
  const found = context ? WORKSPACE.exec(context.slice(0, 4096)) : null;
  return { ...(title && { title: { text: title, trust: "prompt" } }), ...place(found?.[1] ?? found?.[2], state) };
}

/** The whole history, written again. Only messages that no line had are news, and never replace one. */
function checkpoint(messages: readonly unknown[], state: State | null): Parsed {
  const parts: Part[] = [];
  const usage: Usage[] = [];
  const news = new Set<string>();
  let index = 0;
  let cut = false;
  for (const value of messages) {
    const message = object(value);
    if (!message || !word(message.id)) continue;
    const used = usageOf(message);
    if (used) usage.push(used);
    const all = messageParts(message, state === null).map((part) => ({ ...part, index: index++ }));
    if (state && !isNews(message, state, news)) continue;
    if (index > MOST_PARTS) cut = true;
    else parts.push(...(state ? unanswered(state, all) : all));
  }
  if (cut) parts.push(CUT);
  if (!state) return { parts };
  state.foldedAt = 0;
  state.first ??= parts[0]?.key ?? null;
  return { parts, facts: told(parts, state), ...(usage.length > 0 && { usage }) };
}

/** `X_response` holds the results of message X, split off for the model: news if X is. */
function isNews(message: Json, state: State, news: Set<string>): boolean {
  const id = String(message.id);
  if (isKnown(state, id)) return false;
  know(state, id);
  if (id.endsWith(RESPONSE) && !news.has(id.slice(0, -RESPONSE.length))) return false;
  news.add(id);
  return true;
}

const RESPONSE = "_response";
