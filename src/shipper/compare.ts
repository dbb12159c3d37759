/** Finds out what the server has lost: it may have been put back to a backup without saying so. */
import type { Source } from "../domain/source.ts";
import { newestOf } from "./link.ts";
import { sourceKey, startOver } from "./row.ts";
import type { SourceRow, Spool } from "./spool.ts";
import { TRUSTED } from "./tail.ts";

/** Takes back what the server was thought to have and has not, by its list; gives the number of such sources. */
export function takeBack(spool: Spool, listed: readonly Source[]): number {
  const newest = newestOf(listed);
  const behind = spool.acknowledged().flatMap((row) => takenBack(row, newest.get(sourceKey(row))) ?? []);
  spool.db.transaction(() => behind.forEach((row) => spool.put(row)))();
  return behind.length;
}

/** The row that goes on from what the server has; null when it has all that it acknowledged. */
function takenBack(row: SourceRow, has: Source | undefined): SourceRow | null {
  if (has && has.generation > row.generation) return null;
  const from = has?.generation === row.generation ? has.through : 0;
  if (from >= row.acked) return null;
  // A conversation of a database cannot be read from the middle.
  const again = row.unit === "query" ? 0 : from;
  return { ...startOver(row), acked: again, claim: again > 0 ? TRUSTED : "" };
}
