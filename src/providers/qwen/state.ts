/** What is remembered between lines. */
import { type Json, word } from "../json.ts";

export type State = {
  started: boolean;
  titled: boolean;
  /** A copied record was seen. */
  forked: boolean;
  cwd: string;
  branch: string;
  /** Prompts a rewind may go back to: the record each hangs on ("" = none), and its own uuid. */
  turns: (readonly [parent: string, uuid: string])[];
  /** Calls that telemetry told of and whose message has not come: input and output. */
  told: (readonly [input: number, output: number])[];
};

const TURNS = 64;
const TOLD = 16;

export function start(): State {
  return { started: false, titled: false, forked: false, cwd: "", branch: "", turns: [], told: [] };
}

/** Remembers a prompt. */
export function turnBegan(state: State, record: Json) {
  const uuid = word(record.uuid);
  if (uuid === undefined) return;
  state.turns.push([word(record.parentUuid) ?? "", uuid]);
  if (state.turns.length > TURNS) state.turns.shift();
}

/** The prompt that hung on `parent`, and forgets it and all after it; undefined when it is not known. */
export function turnsBack(state: State, parent: string): string | undefined {
  const at = state.turns.findLastIndex(([on]) => on === parent);
  if (at < 0) return undefined;
  const [[, uuid]] = state.turns.splice(at) as [readonly [string, string]];
  return uuid;
}

/** Remembers a call that telemetry told of. */
export function callTold(state: State, input: number, output: number) {
  state.told.push([input, output]);
  if (state.told.length > TOLD) state.told.shift();
}
