/** Where a source begins, and begins again. */
import type { Found } from "./scan.ts";
import type { SourceRow } from "./spool.ts";

/** One name for a source: a provider's own holds no line feed. */
export function sourceKey({ provider, path }: { readonly provider: string; readonly path: string }): string {
  return `${provider}\n${path}`;
}

/** A row that nothing stands against. */
export const WELL = { failure: null, failedAt: null, said: null } as const;

const BEGIN = { acked: 0, head: "", headLength: 0, tail: "", claim: "", refusals: 0, ...WELL };

/** A source that nothing is known of. */
export function freshRow({ provider, path, unit, inode, size, mtime }: Found): SourceRow {
  return { provider, path, unit, generation: 0, inode, size, mtime, ...BEGIN };
}

/** The same path with other bytes; what was archived of the old ones stays. */
export function nextGeneration(row: SourceRow): SourceRow {
  return { ...row, ...BEGIN, generation: row.generation + 1 };
}

/** The same source from its first byte: the server compares and takes what it has not. */
export function startOver(row: SourceRow): SourceRow {
  return { ...row, ...BEGIN };
}

/** After so many answers "go there" a new generation is begun: two sources that answer for each other must not go round for ever. */
export const RESYNCS_MAX = 4;
