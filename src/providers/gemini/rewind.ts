/** `$rewindTo`: a message and all after it are taken back. The tool forgets them; we mark them. */
import type { Mark } from "../../domain/provider.ts";
import { hasForgotten, isKnown, type State } from "./state.ts";

/** A message's parts begin with one of these: its text, a thought, a call, a result. */
const BEGINNINGS = ["", ":t0", ":c0", ":r0"];

/** What a rewind marks; to a message that no line had, it is everything. */
export function taken(id: string, state: State | null): readonly Mark[] {
  if (state && !isKnown(state, id) && !hasForgotten(state)) return state.first === null ? [] : [from(state.first)];
  return BEGINNINGS.map((part) => from(`${id}${part}`));
}

function from(key: string): Mark {
  return { key, flag: "abandoned", reach: "from" };
}
