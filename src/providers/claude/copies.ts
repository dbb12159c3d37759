/**
 * Copied history: what a fork, a branch or one of the tool's own agents brings along from the session it was made of. Copies
 * stand before what is the file's own, and only some say what they are: what stands before one of these is copied too.
 */
import type { Mark, Parsed } from "../../domain/provider.ts";
import { type Json, list, object } from "../json.ts";
import { isInternal } from "./place.ts";
import { idOf } from "./record.ts";
import type { ClaudeState } from "./state.ts";

/** The session that a record was copied from, by what it says itself; undefined when it says nothing of the kind. */
export function origin(record: Json): string | undefined {
  // /branch writes the first on every copy; --fork-session (since 2.1.3xx) keeps the second, on the model's messages only.
  if (record.forkedFrom !== undefined) return idOf(object(record.forkedFrom)?.sessionId);
  if (record.requestSessionId === undefined || typeof record.agentId === "string") return undefined;
  const asked = idOf(record.requestSessionId);
  return asked === record.sessionId ? undefined : asked;
}

/** Flags the parts of a copied record, and those before it that did not say so. */
export function withCopies(record: Json, parsed: Parsed, state: ClaudeState | null): Parsed {
  if (typeof record.agentId === "string" && isInternal(record.agentId)) {
    return isOfHelper(record, state) ? parsed : replayed(parsed);
  }
  if (origin(record) !== undefined) return withEarlier(record, replayed(parsed), state);
  if (!state || state.own) return parsed;
  const from = restamped(record, state);
  if (from !== undefined) {
    const copy = withEarlier(record, replayed(parsed), state);
    return { ...copy, facts: { ...copy.facts, forkOf: { id: from, agent: "" } } };
  }
  watch(record, parsed, state);
  return parsed;
}

/**
 * Resumes of 1.x copied what was said into a new file: the prompt as it was, under its own session's id, and all that
 * followed under the new id with the time of the resume. Gives the session that such a message was copied from.
 */
function restamped(record: Json, state: ClaudeState): string | undefined {
  const [session, at] = [idOf(record.sessionId), idOf(record.timestamp)];
  if (session === undefined || at === undefined || record.uuid === undefined || record.agentId !== undefined)
    return undefined;
  const last = state.last;
  state.last = { session, at };
  if (record.type !== "assistant" || last === null) return undefined;
  if (last.session !== session) return (state.forkOf = last.session);
  return state.forkOf !== "" && last.at === at ? state.forkOf : undefined;
}

function replayed(parsed: Parsed): Parsed {
  const { parts, usage } = parsed;
  if (parts.length === 0 && !usage) return parsed;
  // A message's lines without anything to show carry its usage too.
  const copied = { ...parsed, parts: parts.map((part) => ({ ...part, replayed: true })) };
  return usage ? { ...copied, usage: usage.map((one) => ({ ...one, replayed: true })) } : copied;
}

/** Marks what came since the last copy. A bug of /branch writes records twice, with and without their origin. */
function withEarlier(record: Json, parsed: Parsed, state: ClaudeState | null): Parsed {
  const until = parsed.parts[0]?.key ?? (state?.own ? idOf(record.uuid) : undefined);
  if (!state || until === undefined) return parsed;
  const mark: Mark = state.own
    ? { key: until, flag: "replayed", reach: "one" }
    : { key: state.since, flag: "replayed", reach: "from", until };
  state.since = "";
  return mark.key === "" ? parsed : { ...parsed, marks: [...(parsed.marks ?? []), mark] };
}

/** Remembers the first event that may be a copy, until a message of the model is none: then the file's own has begun. */
function watch(record: Json, parsed: Parsed, state: ClaudeState) {
  if (record.type === "assistant" && typeof record.requestId === "string") {
    state.own = true;
    state.since = "";
    state.last = null;
  } else if (state.since === "") state.since = idOf(parsed.parts[0]?.key) ?? "";
}

/** The tool's own agents repeat their parent's whole history up to their order; the first line of a compaction's varies. */
function isOfHelper(record: Json, state: ClaudeState | null): boolean {
  // Read back alone the record cannot know; the flag is kept with the event.
  if (!state || state.own) return true;
  if (record.type === "user") state.own = isOrder(object(record.message)?.content);
  return state.own;
}

const ORDERS = [
  "Your task is to create a detailed summary of ",
  "<system-reminder>This is a side question from the user",
  "[SUGGESTION MODE:",
];

function isOrder(content: unknown): boolean {
  const text = typeof content === "string" ? content : object(list(content).at(-1))?.text;
  if (typeof text !== "string") return false;
  const head = text.slice(0, 2000);
  return ORDERS.some((order) => head.includes(order));
}
