/** Whether a whole file from another device is the same history as a session's: homes that are synced are not forks. */
import type { Database } from "bun:sqlite";
import { FLAG } from "../domain/event.ts";
import type { Line, Part, Provider } from "../domain/provider.ts";
import { hash60 } from "../lib/id.ts";
import { explode, lineOf } from "../lib/whole-file.ts";
import { readWhole } from "../store/bytes.ts";
import { idsOf } from "../store/event-rows.ts";
import type { SourceRow } from "../store/sources.ts";
import { keylessName } from "./event-key.ts";
import { parseSafely } from "./read-lines.ts";

/** `held`: the session has all of the file's events. `goes on`: the file has all that the session shows, and more. */
export function compareHistory(
  db: Database,
  session: number,
  { id, through }: SourceRow,
  parser: Provider,
): "held" | "goes on" | "other" {
  const file = idsIn(parser, explode(parser, readWhole(db, id, through)) ?? []);
  if (file.size === 0) return "other";
  if (file.isSubsetOf(idsOf(db, session, 0))) return "held";
  return idsOf(db, session, FLAG.abandoned).isSubsetOf(file) ? "goes on" : "other";
}

/** Ids of the events that deriving would make of the values, as `hi:lo`. */
function idsIn(parser: Provider, values: readonly unknown[]): Set<string> {
  const state = parser.start();
  const ordinals = new Map<string, number>();
  const idOf = (line: Line, { key, index }: Part): string => {
    if (key !== undefined) return text(key);
    const name = keylessName(line, index);
    const n = ordinals.get(name) ?? 0;
    ordinals.set(name, n + 1);
    return text(`${name}:${n}`);
  };
  return new Set(
    values.flatMap((value) => {
      const line = lineOf(value);
      return parseSafely(parser, line, state).parts.map((part) => idOf(line, part));
    }),
  );
}

function text(name: string): string {
  const { hi, lo } = hash60(name);
  return `${hi}:${lo}`;
}
