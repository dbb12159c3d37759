/**
 * What we did for a turn, in a file of its folder: who takes over from us after a crash reads it and does nothing twice.
 * A line is written before and after each thing that must not be repeated; a torn last line counts as not written.
 */
import { appendFileSync, readFileSync } from "node:fs";
import type { Decision, Outcome } from "../../domain/turn.ts";
import { codeOf } from "../../lib/files.ts";
import type { ProcessIdentity } from "../../lib/process/identity.ts";

export type Entry =
  /** The process runs. */
  | { readonly type: "launched"; readonly identity: ProcessIdentity; readonly at: number }
  /** So many of the protocol's own lines are written from here on, and were. */
  | { readonly type: "saying"; readonly through: number }
  | { readonly type: "said"; readonly through: number }
  | { readonly type: "decided"; readonly ask: string; readonly decision: Decision }
  /** The agent was given the decision. */
  | { readonly type: "told"; readonly ask: string }
  | { readonly type: "stopping"; readonly why: string }
  | { readonly type: "ended"; readonly outcome: Outcome };

export type Journal = {
  readonly entries: readonly Entry[];
  write(entry: Entry): void;
};

/** Opens the journal at `path`; empty when there is none yet. */
export function openJournal(path: string): Journal {
  const entries = read(path);
  return {
    entries,
    write(entry) {
      // The line end comes first: behind a torn line it stands on a line of its own.
      appendFileSync(path, `\n${JSON.stringify(entry)}`, { mode: 0o600 });
      entries.push(entry);
    },
  };
}

/** The last entry of a type. */
export function lastOf<T extends Entry["type"]>({ entries }: Journal, type: T): Extract<Entry, { type: T }> | null {
  const found = entries.findLast((entry) => entry.type === type);
  // The type was just compared.
  return (found as Extract<Entry, { type: T }> | undefined) ?? null;
}

function read(path: string): Entry[] {
  try {
    return readFileSync(path, "utf8").split("\n").flatMap(parse);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function parse(line: string): Entry[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as Entry];
  } catch {
    return [];
  }
}
