/**
 * Copied history. A fork's file begins with its ancestors' records, all stamped with the time of the fork; so does that
 * of a sub-agent that was given its parent's history. What is copied is told from what is the session's own by the first
 * turn that is no older than the session, by the ordinal that the newest headers name, or else by the pause after the copy.
 */
import { type Json, object, word } from "../json.ts";
import type { Copy, State } from "./state.ts";

/** A copy is written at once, thousands of lines within milliseconds; where turns tell nothing, this ends it. */
const PAUSE_MS = 1000;
/** No copy rests that long. */
const LONG_PAUSE_MS = 60_000;

type Placed = { readonly at: number | undefined; readonly ordinal: unknown };

/** Keeps `state.copy`. To be called with each enveloped record before it is read. */
export function follow(type: string | undefined, payload: Json, placed: Placed, state: State) {
  if (type === "session_meta") return headed(payload, placed.at, state);
  const { copy } = state;
  // Most sessions copy nothing.
  if (copy === null || copy.ended === "surely") return;
  const own = copy.until === null ? isOwn(type, payload, state) : Number(placed.ordinal) >= copy.until;
  const last = placed.at ?? copy.last;
  if (own === true) state.copy = { ...copy, ended: "surely" };
  else if (own === false) state.copy = { ...copy, last, ended: null, turns: true };
  else if (copy.ended === null) state.copy = { ...copy, last, ended: afterPause(copy, placed.at, state.born) };
}

/** True while records are copies. */
export function isCopied(state: State): boolean {
  return state.copy !== null && state.copy.ended === null;
}

/** Whose keys usage figures have: after a pause that only looks like the end, still those of the oldest ancestor. */
export function owner(state: State): string {
  return state.copy === null || state.copy.ended === "surely" ? state.id : state.root;
}

/** A header of another session begins a copy; the session's own, coming again, ends it. */
function headed(meta: Json, at: number | undefined, state: State) {
  const id = word(meta.id) ?? word(meta.session_id);
  if (!id) return;
  if (state.id === "") begin(id, meta, at, state);
  else if (id === state.id) state.copy = state.copy && { ...state.copy, ended: "surely" };
  else if (!state.copy?.until)
    state.copy = { last: at ?? 0, ended: null, until: null, turns: state.copy?.turns ?? false };
}

/** What the session's own header says: a fork copies history unless it only refers to it. */
function begin(id: string, meta: Json, at: number | undefined, state: State) {
  state.born = timeOf(id) ?? at ?? 0;
  const until = typeof meta.subagent_history_start_ordinal === "number" ? meta.subagent_history_start_ordinal : null;
  const copies = word(meta.forked_from_id) !== undefined && !object(meta.history_base);
  if (copies) state.copy = { last: at ?? 0, ended: null, until, turns: false };
}

/** Whether the record is of the session's own; undefined when it does not say. */
function isOwn(type: string | undefined, payload: Json, state: State): boolean | undefined {
  if (payload.type === "thread_settings_applied") return payload.thread_id === state.id ? true : undefined;
  const begins = type === "turn_context" || payload.type === "task_started" || payload.type === "turn_started";
  const turned = begins ? timeOf(payload.turn_id) : undefined;
  return turned === undefined || state.born === 0 ? undefined : turned >= state.born;
}

function afterPause(copy: Copy, at: number | undefined, born: number): Copy["ended"] {
  // Copies that kept their times are older than the session.
  if (at === undefined || at < born || copy.last === 0) return null;
  const pause = at - copy.last;
  if (pause > LONG_PAUSE_MS) return "surely";
  return pause > PAUSE_MS && !copy.turns ? "maybe" : null;
}

/** Ids of version 7 begin with their time, milliseconds UTC. */
function timeOf(id: unknown): number | undefined {
  if (typeof id !== "string" || id.length !== 36 || id[14] !== "7") return undefined;
  const at = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return Number.isNaN(at) ? undefined : at;
}
