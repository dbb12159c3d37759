/** Tokens. Records repeat cumulative figures; a call is counted when they change. */
import type { Tokens } from "../../domain/event.ts";
import type { Usage } from "../../domain/provider.ts";
import { type Json, count, object } from "../json.ts";
import type { Context } from "./state.ts";

/** `total` = figures of the whole session so far, `last` = those of one call. Empty when nothing new was spent. */
export function spent(total: Json | null, last: Json | null, { at, state }: Context): readonly Usage[] {
  if (!state || !total) return [];
  const figures = FIGURES.map((name) => count(total[name])).join(".");
  if (figures === state.total || count(total.total_tokens) + count(total.input_tokens) === 0) return [];
  state.total = figures;
  // The totals of a fork go on from its ancestor's: so a copied record has the key it had there, and counts once.
  const key = `${state.root}:${figures}`;
  return [{ key, model: state.model || null, at, tokens: tokens(last ?? total) }];
}

const FIGURES = ["input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens"] as const;

/** The agent's `input_tokens` include what came from and went into the cache. */
function tokens(said: Json): Tokens {
  const cacheRead = count(said.cached_input_tokens);
  const cacheWrite = count(said.cache_write_input_tokens);
  return {
    input: Math.max(0, count(said.input_tokens) - cacheRead - cacheWrite),
    output: count(said.output_tokens),
    cache_read: cacheRead,
    cache_write: cacheWrite,
    reasoning: count(said.reasoning_output_tokens),
  };
}

/** An event of type `token_count`. */
export function counted(payload: Json, context: Context): readonly Usage[] {
  const info = object(payload.info);
  return spent(object(info?.total_token_usage), object(info?.last_token_usage), context);
}
