/** Stretches of a transcript that are not the session's own work: copied from an earlier one, or taken back. Pure. */
import type { Flag } from "../../src/domain/event.ts";
import { eventsOf, type Row } from "./rows.ts";

export const FROM_ELSEWHERE = "From an earlier session";

const WORDS: Readonly<Record<"replayed" | "abandoned" | "own", string>> = {
  replayed: FROM_ELSEWHERE,
  abandoned: "Taken back by a rewind",
  own: "Goes on from here",
};

/** What to say above a row when it is of another sort than the one before it; null when it is not, or nothing is known before it. */
export function stretchBegin(row: Row, before: Row | undefined): string | null {
  const now = sortOf(row);
  if (!before) return now === "own" ? null : WORDS[now];
  return now === sortOf(before) ? null : WORDS[now];
}

function sortOf(row: Row): keyof typeof WORDS {
  const flags: readonly Flag[] = eventsOf(row)[0]?.flags ?? [];
  if (flags.includes("replayed")) return "replayed";
  return flags.includes("abandoned") ? "abandoned" : "own";
}
