/** Tokens. Records repeat cumulative figures; a call is counted when they change, by how much they did. */
import type { Tokens } from "../../domain/event.ts";
import type { Usage } from "../../domain/provider.ts";
import { type Json, count, object } from "../json.ts";
import { isCopied, owner } from "./replay.ts";
import type { Context, State } from "./state.ts";

/** What an event of type `token_count` adds: it has the figures of the whole session so far, and those of its last call. */
export function counted(payload: Json, { at, state }: Context): readonly Usage[] {
  const info = object(payload.info);
  const total = object(info?.total_token_usage);
  if (!state || !total) return [];
  if (isRepeated(total, state.total)) return [];
  const figures = FIGURES.map((name) => count(total[name]));
  const before = inherited(figures, object(info?.last_token_usage), state);
  const fell = figures.some((figure, n) => figure < before[n]!);
  if (fell) state.resets++;
  state.total = figures;
  const more = fell ? figures : figures.map((figure, n) => figure - before[n]!);
  if (isCopied(state) || more.every((figure) => figure === 0)) return [];
  const key = `${owner(state)}:${figures.join(".")}${state.resets ? `~${state.resets}` : ""}`;
  return [{ key, model: state.model || null, at, tokens: tokens(more) }];
}

const FIGURES = [
  "input_tokens",
  "cached_input_tokens",
  "cache_write_input_tokens",
  "output_tokens",
  "reasoning_output_tokens",
] as const;

/** Nearly half of all records only refresh limits. */
function isRepeated(total: Json, before: readonly number[]): boolean {
  for (let n = 0; n < FIGURES.length; n++) if (count(total[FIGURES[n]!]) !== before[n]) return false;
  return true;
}

/** The total before. A fork goes on from its ancestor's, also where it copied no record of it: then the call's own figures tell. */
function inherited(figures: readonly number[], last: Json | null, state: State): readonly number[] {
  if (state.total.length > 0) return state.total;
  if (state.root === state.id || !last) return figures.map(() => 0);
  return figures.map((figure, n) => Math.max(0, figure - count(last[FIGURES[n]!])));
}

/** The agent's input includes what came from and went into the cache, its output the reasoning. */
function tokens([input, cacheRead, cacheWrite, output, reasoning]: readonly number[]): Tokens {
  return {
    input: Math.max(0, input! - cacheRead! - cacheWrite!),
    output: output!,
    cache_read: cacheRead!,
    cache_write: cacheWrite!,
    reasoning: reasoning!,
  };
}
