/** What is remembered between the lines of a Cursor source. */
import type { Facts } from "../../domain/provider.ts";
import { titleOf } from "../title.ts";

export type State = {
  /** What the conversation says of itself: messages may name none. */
  model: string;
  titled: boolean;
  placed: boolean;
  started: boolean;
  /** The last calls, each with the name of its tool: results do not repeat it. Calls may be named `__proto__`. */
  calls: readonly (readonly [call: string, tool: string])[];
};

const CALLS = 64;

export function start(): State {
  return { model: "", titled: false, placed: false, started: false, calls: [] };
}

/** Remembers which tool a call is of. */
export function noteCall(state: State | null, call: string | undefined, tool: string): void {
  if (!state || call === undefined) return;
  state.calls = [...state.calls.slice(1 - CALLS), [call, tool]];
}

/** The tool of a call, while it is remembered. */
export function toolOf(state: State | null, call: string | undefined): string | undefined {
  return state?.calls.findLast(([known]) => known === call)?.[1];
}

/** The first prompt names the session. */
export function titleFact(state: State | null, prompt: string | undefined): Facts {
  const text = state && !state.titled && prompt !== undefined ? titleOf(prompt) : undefined;
  if (!state || text === undefined) return {};
  state.titled = true;
  return { title: { text, trust: "prompt" } };
}

/** The folder that the conversation began in. */
export function placeFact(state: State | null, cwd: string | undefined): Facts {
  if (!state || state.placed || cwd === undefined) return {};
  state.placed = true;
  return { cwd };
}

export function startFact(state: State | null, startedAt: number | undefined): Facts {
  if (!state || state.started || startedAt === undefined) return {};
  state.started = true;
  return { startedAt };
}
