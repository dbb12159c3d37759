/** What is remembered between lines: which messages are known, and what the last of them said. */
import type { Part } from "../../domain/provider.ts";

/** What a message showed when it was written last: a number for each part, by the part's index. */
type Shown = { readonly id: string; parts: readonly (readonly [index: number, print: number])[] };

export type State = {
  /** The first header has been seen; a resumed session writes another. */
  started: boolean;
  titled: boolean;
  placed: boolean;
  /** Hashes of the ids of all messages so far. */
  known: number[];
  /** The last messages: only they are written again. */
  recent: Shown[];
  /** Calls whose result has been given: the next line repeats it for the model. */
  answered: string[];
  /** When a summary took the history's place; what follows at once is that history, written again. */
  foldedAt: number;
  /** Key of the first part of all: what a rewind to an unknown message goes back to. */
  first: string | null;
};

const KNOWN = 4096;
const RECENT = 16;
const ANSWERED = 64;

export function start(): State {
  return {
    started: false,
    titled: false,
    placed: false,
    known: [],
    recent: [],
    answered: [],
    foldedAt: 0,
    first: null,
  };
}

export function isKnown(state: State, id: string): boolean {
  return state.known.includes(Bun.hash.xxHash32(id));
}

/** The first ids are forgotten: what is not known may have been. */
export function hasForgotten(state: State): boolean {
  return state.known.length >= KNOWN;
}

export function know(state: State, id: string) {
  state.known.push(Bun.hash.xxHash32(id));
  if (state.known.length > KNOWN) state.known.shift();
}

/** The parts that say something the message did not say when it was written last. */
export function fresh(state: State, id: string, parts: readonly Part[]): readonly Part[] {
  const prints = parts.map((part) => [part.index, print(part)] as const);
  const before = state.recent.find((shown) => shown.id === id);
  if (before) {
    const changed = parts.filter(
      (_, n) => !before.parts.some(([index, was]) => index === prints[n]![0] && was === prints[n]![1]),
    );
    before.parts = prints;
    return changed;
  }
  state.recent.push({ id, parts: prints });
  if (state.recent.length > RECENT) state.recent.shift();
  return parts;
}

/** A call's input never changes under its id. */
function print(part: Part): number {
  const said = part.text ?? part.output ?? part.call ?? "";
  return Bun.hash.xxHash32(said, (part.tokens?.output ?? 0) + (part.isError ? 1 : 0));
}

/** Drops results that were given, and remembers the others. */
export function unanswered(state: State, parts: readonly Part[]): readonly Part[] {
  const kept = parts.filter((part) => part.kind !== "tool_result" || !part.call || !state.answered.includes(part.call));
  for (const part of kept) {
    if (part.kind !== "tool_result" || !part.call) continue;
    state.answered.push(part.call);
    if (state.answered.length > ANSWERED) state.answered.shift();
  }
  return kept;
}
