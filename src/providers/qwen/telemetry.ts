/**
 * A session's telemetry: one record for each call of the model, also for those whose answer was thrown away, for the
 * program's own (compression, memory), and for sub-agents: those have logs of their own in newer versions only, which do
 * not name the model.
 */
import type { Tokens } from "../../domain/event.ts";
import type { Part, Usage } from "../../domain/provider.ts";
import { count, type Json, millis, object, word } from "../json.ts";
import { callTold, type State } from "./state.ts";

/** The usage of a call's record; undefined for other telemetry. */
export function usageTold(record: Json, state: State | null): Usage | undefined {
  const event = eventOf(record);
  if (!event || !String(event["event.name"]).endsWith(".api_response")) return undefined;
  const key = word(event.response_id) ?? word(record.uuid);
  if (!key) return undefined;
  const tokens = tokensFrom({
    prompt: count(event.input_token_count),
    output: count(event.output_token_count),
    thoughts: count(event.thoughts_token_count),
    cached: count(event.cached_content_token_count),
    total: count(event.total_token_count),
  });
  if (state && !word(event.subagent_name)) callTold(state, tokens.input + tokens.cache_read, tokens.output);
  return { key, model: word(event.model) ?? null, at: millis(record.timestamp), tokens };
}

/** A call that failed. */
export function failureTold(record: Json): Part | undefined {
  const event = eventOf(record);
  if (!event || !String(event["event.name"]).endsWith(".api_error")) return undefined;
  const text = word(event.error_message) ?? word(event.error) ?? word(event.error_type) ?? "API error";
  return {
    index: 0,
    kind: "notice",
    key: word(record.uuid),
    at: millis(record.timestamp),
    text,
    isError: true,
    final: true,
  };
}

function eventOf(record: Json): Json | null {
  return object(object(record.systemPayload)?.uiEvent);
}

export type Counted = {
  readonly prompt: number;
  readonly output: number;
  readonly thoughts: number;
  readonly cached: number;
  readonly total: number;
};

/** Some backends count thoughts in the output, some beside it: the total tells. */
export function tokensFrom({ prompt, output, thoughts, cached, total }: Counted): Tokens {
  const beside = total >= prompt + output + thoughts;
  return {
    input: Math.max(0, prompt - cached),
    output: beside ? output + thoughts : output,
    cache_read: Math.min(cached, prompt),
    cache_write: 0,
    reasoning: thoughts,
  };
}

/** Whether telemetry told of this message's call; each is claimed once. */
export function claimed(state: State, tokens: Tokens): boolean {
  const input = tokens.input + tokens.cache_read;
  const at = state.told.findIndex((call) => call[0] === input && call[1] === tokens.output);
  if (at >= 0) state.told.splice(at, 1);
  return at >= 0;
}
