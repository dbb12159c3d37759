/** What is left to be embedded: the archive's sessions against those that are followed, the newest first. */
import type { Database } from "bun:sqlite";
import { reindexLeft } from "../store/reindex.ts";
import { lastChange } from "../store/search/follow.ts";
import { allFollowed } from "../store/vectors/rows.ts";
import type { Followed } from "../store/vectors/rows.ts";
import { extents } from "../store/vectors/said.ts";
import type { Extent } from "../store/vectors/said.ts";

/** Events of one session at positions [from, upto). `anew`: those before them may be others now, and are looked at again. */
export type Job = Extent & { readonly from: number; readonly anew: boolean };

export type Plan = {
  readonly jobs: readonly Job[];
  /** Followed sessions that are no more. */
  readonly gone: readonly number[];
  /** Row of `changes` up to which it holds. */
  readonly through: number;
};

/** `mayReread`: false for a session whose change can wait. */
export function planOf(
  archive: Database,
  vectors: Database,
  mayReread: (extent: Extent, known: Followed) => boolean,
): Plan {
  const through = lastChange(archive);
  const followed = new Map(allFollowed(vectors).map((each) => [each.session, each]));
  const jobs: Job[] = [];
  for (const extent of extents(archive)) {
    const known = followed.get(extent.session);
    followed.delete(extent.session);
    const anew = known !== undefined && known.mark !== extent.mark && mayReread(extent, known);
    // Until it is read again, it is followed under the mark that it had.
    const mark = known && !anew ? known.mark : extent.mark;
    const from = known && !anew ? known.upto : 0;
    if (from < extent.upto || anew) jobs.push({ ...extent, mark, from, anew });
  }
  return { jobs, gone: [...followed.keys()], through };
}

/** A session whose older events change again and again is read again so often; one that is shorter than it was, after so long. */
const REREAD_MS = 60_000;

type Short = Pick<Extent, "mark" | "upto"> & { readonly since: number };

/** Decides that, and remembers when. */
export function makeRereads(archive: Database) {
  const read = new Map<number, number>();
  const short = new Map<number, Short>();
  return {
    note: (session: number): void => void read.set(session, performance.now()),
    may({ session, mark, upto }: Extent, known: Followed): boolean {
      const now = performance.now();
      if (now - (read.get(session) ?? -REREAD_MS) < REREAD_MS) return false;
      if (upto >= known.upto) return true;
      // Derived anew, a session has no events for a while: what is paid for is not thrown away for that.
      const seen = short.get(session);
      if (seen?.mark === mark && seen.upto === upto) return now - seen.since >= REREAD_MS && reindexLeft(archive) === 0;
      short.set(session, { mark, upto, since: now });
      return false;
    },
  };
}
