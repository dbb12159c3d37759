/** Finds out what the server has lost: it may have been put back to a backup without saying so. */
import type { Source } from "../domain/source.ts";
import { rowsOf } from "./link.ts";
import { startOver } from "./row.ts";
import type { Spool } from "./spool.ts";
import { TRUSTED } from "./tail.ts";

/** Takes back what the server was thought to have and has not, by its list; gives the number of such sources. */
export function takeBack(spool: Spool, listed: readonly Source[]): number {
  const newest = new Map(rowsOf(listed.map((one) => ({ ...one, sha256: "listed" }))).map((row) => [keyOf(row), row]));
  let count = 0;
  spool.db.transaction(() => {
    for (const row of spool.acknowledged()) {
      if (row.unit === "query") continue;
      const has = newest.get(keyOf(row));
      if (has && (has.generation > row.generation || (has.generation === row.generation && has.acked >= row.acked)))
        continue;
      const from = has?.generation === row.generation ? has.acked : 0;
      spool.put({ ...startOver(row), acked: from, claim: from > 0 ? TRUSTED : "" });
      count++;
    }
  })();
  return count;
}

const keyOf = ({ provider, path }: { readonly provider: string; readonly path: string }) => `${provider}\n${path}`;
