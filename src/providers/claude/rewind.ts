/**
 * Rewinds: the conversation goes back to an earlier record, and a new prompt hangs on it beside an old one. Everything from
 * the old prompt to the new one is a branch that was left. Tool results hang on calls, and other records on whatever they
 * follow, so only a second prompt makes a branch. Hooks and notes between a reply and a prompt may be left with the prompt
 * or not: a prompt is known by the record it hangs on and by the one before all such. The last prompts are known.
 */
import type { Mark, Parsed } from "../../domain/provider.ts";
import { type Json, word } from "../json.ts";
import { idOf } from "./record.ts";
import type { ClaudeState } from "./state.ts";

/** 60 bytes of state each. */
const PROMPTS_MAX = 120;
const LOOSE_MAX = 16;

/** Adds the mark of the branch that this record leaves, if it does. */
export function withRewind(record: Json, parsed: Parsed, state: ClaudeState): Parsed {
  if (typeof record.parentUuid === "string") state.chained = true;
  if (record.type === "assistant" || record.parentUuid === undefined) return parsed;
  const uuid = idOf(record.uuid);
  const first = parsed.parts[0];
  if (uuid === undefined || first?.kind === "tool_result") return parsed;
  if (record.type !== "user" || first?.kind !== "prompt") {
    const parent = word(record.parentUuid);
    // What hangs on nothing begins anew: a compaction.
    if (parent !== undefined) remember(state.loose, [hash(uuid), before(hash(parent), state)], LOOSE_MAX);
    return parsed;
  }
  // A prompt that was queued stands where it was typed, within the turn before.
  const mark = first.key === uuid ? leave(record, state, uuid) : undefined;
  return mark ? { ...parsed, marks: [...(parsed.marks ?? []), mark] } : parsed;
}

/** The record that this one hangs on, past those that hang loosely. */
function before(parent: number, { loose }: ClaudeState): number {
  for (let at = loose.length - 2; at >= 0; at -= 2) if (loose[at] === parent) return loose[at + 1]!;
  return parent;
}

/** Takes up the prompt; gives the mark of the one that stood in its place. */
function leave(record: Json, state: ClaudeState, key: string): Mark | undefined {
  const parent = parentOf(record);
  if (parent === undefined) return undefined;
  const under = before(parent, state);
  const at = placeOf(under, state.under);
  const old = at < 0 ? undefined : state.prompts[at];
  // Where nothing hangs on anything, a prompt without a parent is no way back to the beginning.
  if (old === key || (under === 0 && at >= 0 && !state.chained)) return undefined;
  if (at >= 0) {
    state.prompts.length = at;
    state.under.length = at * 2;
  }
  remember(state.prompts, [key], PROMPTS_MAX);
  remember(state.under, [under, parent], PROMPTS_MAX * 2);
  return old === undefined ? undefined : { key: old, flag: "abandoned", reach: "from", until: key };
}

/** 0 is the beginning: before 2.0 nothing went back there, but copied sessions had prompts without a parent. */
function parentOf(record: Json): number | undefined {
  if (record.parentUuid === null) return word(record.version)?.startsWith("2.") ? 0 : undefined;
  const parent = word(record.parentUuid);
  return parent === undefined ? undefined : hash(parent);
}

/** The number of the prompt that hangs on `record`; -1 for none. */
function placeOf(record: number, under: readonly number[]): number {
  for (let at = under.length - 1; at >= 0; at--) if (under[at] === record) return at >> 1;
  return -1;
}

function remember<T>(all: T[], more: readonly T[], most: number) {
  all.push(...more);
  if (all.length > most) all.splice(0, more.length);
}

function hash(uuid: string): number {
  return Bun.hash.xxHash32(uuid) || 1;
}
