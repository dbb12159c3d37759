/**
 * Rewinds: the conversation goes back to an earlier record, and a new prompt hangs on it beside an old one. Everything from
 * the old prompt to the new one is a branch that was left. Tool results hang on calls, and other records on whatever they
 * follow, so only a second prompt makes a branch. Known are the last prompts and what hangs loosely beside them.
 */
import type { Mark, Parsed } from "../../domain/provider.ts";
import { type Json, word } from "../json.ts";
import type { ClaudeState } from "./state.ts";

const PROMPTS_MAX = 40;
const DETOURS_MAX = 16;

/** Adds the mark of the branch that this record leaves, if it does. */
export function withRewind(record: Json, parsed: Parsed, state: ClaudeState): Parsed {
  if (record.type === "assistant" || record.parentUuid === undefined) return parsed;
  const uuid = word(record.uuid);
  if (uuid === undefined || parsed.parts[0]?.kind === "tool_result") return parsed;
  const under = hangsOn(record, state);
  if (under === undefined) return parsed;
  if (record.type !== "user" || parsed.parts[0]?.kind !== "prompt") {
    // What hangs on nothing begins anew: a compaction.
    if (under !== 0 && state.under.includes(under)) remember(state.detours, [hash(uuid), under], DETOURS_MAX);
    return parsed;
  }
  // A prompt that was queued stands where it was typed, within the turn before.
  if (parsed.parts[0].key !== uuid) return parsed;
  const mark = leave(state, under, uuid);
  return mark ? { ...parsed, marks: [...(parsed.marks ?? []), mark] } : parsed;
}

/** The record it hangs on, past hooks and notes between; 0 is the beginning, to which nothing before 2.0 went back. */
function hangsOn(record: Json, state: ClaudeState): number | undefined {
  if (record.parentUuid === null) return word(record.version)?.startsWith("2.") ? 0 : undefined;
  const parent = word(record.parentUuid);
  if (parent === undefined) return undefined;
  const mark = hash(parent);
  for (let at = state.detours.length - 2; at >= 0; at -= 2)
    if (state.detours[at] === mark) return state.detours[at + 1];
  return mark;
}

/** Takes up the prompt; gives the mark of the one that stood in its place. */
function leave(state: ClaudeState, under: number, key: string): Mark | undefined {
  const at = state.under.lastIndexOf(under);
  const old = at < 0 ? undefined : state.prompts[at];
  if (old === key) return undefined;
  if (at >= 0) state.under.length = state.prompts.length = at;
  remember(state.under, [under], PROMPTS_MAX);
  remember(state.prompts, [key], PROMPTS_MAX);
  return old === undefined ? undefined : { key: old, flag: "abandoned", reach: "from", until: key };
}

function remember<T>(all: T[], more: readonly T[], most: number) {
  all.push(...more);
  if (all.length > most) all.splice(0, more.length);
}

function hash(uuid: string): number {
  return Bun.hash.xxHash32(uuid) || 1;
}
