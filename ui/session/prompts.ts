/** Prompts as places to go to and to be at. Pure. */
import type { Event } from "../../src/domain/event.ts";
import type { Row } from "./rows.ts";
import { eventsOf } from "./rows.ts";

/** The prompt that a row belongs to: the last one loaded at or above it, else by time among all; null before the first. */
export function promptAt(rows: readonly Row[], index: number, prompts: readonly Event[]): string | null {
  for (let at = Math.min(index, rows.length - 1); at >= 0; at--) {
    const row = rows[at]!;
    if (row.kind === "prompt") return row.event.id;
  }
  const at = rows[index] && eventsOf(rows[index])[0]?.at;
  if (!at) return null;
  return prompts.findLast((prompt) => prompt.at !== null && prompt.at <= at)?.id ?? null;
}

/** The next or previous prompt, loaded or not; null at the ends. `index`: the row at the top of the screen. */
export function promptBeside(
  rows: readonly Row[],
  index: number,
  prompts: readonly Event[],
  by: 1 | -1,
): string | null {
  for (let at = index + by; at >= 0 && at < rows.length; at += by) {
    const row = rows[at]!;
    if (row.kind === "prompt") return row.event.id;
  }
  const here = prompts.findIndex((prompt) => prompt.id === promptAt(rows, index, prompts));
  return prompts[here + by]?.id ?? null;
}
