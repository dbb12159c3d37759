/**
 * Which version of a record is shown when a file that is rewritten whole has it too: by where the two stand, never by
 * which came first. Between sources that are appended to, the record itself says (`replaces`).
 */
import type { Database } from "bun:sqlite";
import { sourceById } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";

type Standing = Pick<SourceRow, "unit" | "path" | "generation">;

export type Versions = ReturnType<typeof createVersions>;

/** Keeps what it read of sources: it never changes. */
export function createVersions(db: Database) {
  const standings = new Map<number, Standing>();
  const standing = (source: number): Standing => {
    const known = standings.get(source);
    if (known) return known;
    const { unit, path, generation } = sourceById(db, source);
    standings.set(source, { unit, path, generation });
    return standings.get(source)!;
  };

  return {
    /** Whether `one`'s version is shown rather than `other`'s; null: neither is a whole file. A log is richer than a file. */
    beats(one: number, other: number): boolean | null {
      if (one === other) return null;
      const [a, b] = [standing(one), standing(other)];
      if (a.unit !== "file" && b.unit !== "file") return null;
      if (a.unit !== "file" || b.unit !== "file") return b.unit === "file";
      return a.path === b.path ? a.generation > b.generation : a.path > b.path;
    },
  };
}
