/** What was found by words and what was found by meaning, as one list. */
import { fuse } from "../domain/meaning.ts";
import type { Candidate } from "./candidates.ts";
import type { Near } from "./semantic-protocol.ts";

/** By reciprocal ranks. `ranked` itself where nothing is near; `given` were shown by earlier pages. */
export function mixNear(ranked: Candidate[], near: readonly Near[], given: readonly number[]): Candidate[] {
  const shown = new Set(given);
  const fresh = near.filter(({ session }) => !shown.has(session));
  if (fresh.length === 0) return ranked;
  // What the words find stands for a session that both find: it can be marked in the text.
  const all = new Map([...fresh.map(meant), ...ranked].map((candidate) => [candidate.session, candidate]));
  const sessions = (list: readonly { readonly session: number }[]) => list.map(({ session }) => session);
  return fuse(sessions(ranked), sessions(fresh)).map((session) => all.get(session)!);
}

function meant(near: Near): Candidate {
  const { session, at, pieces } = near;
  return { session, mode: "words", hits: pieces.length, best: [], at, titled: 0, phrased: false, words: [], near };
}
