/** Deriving files that are rewritten whole: one at a time is on its way, in many steps. */
import { mainSources, sourceById } from "../store/sources.ts";
import { parserOf, tally } from "./deriving.ts";
import type { Deriving } from "./deriving.ts";
import { enter } from "./enter.ts";
import { adoptTorn, historyOf, isLate, packOlder, putAsideLarge, unplaced } from "./generations.ts";
import { walkFiles } from "./read-file.ts";
import type { Walk } from "./read-file.ts";
import { startOver } from "./start-over.ts";

export type Walks = ReturnType<typeof createWalks>;

/** `forget` after a rollback, or when sessions were rewritten. */
export function createWalks(deriving: Deriving) {
  let walk: Walk | null = null;

  return {
    /** Works for some milliseconds on a file's session. True when nothing is left of it; null when there was nothing. */
    step(source: number): boolean | null {
      walk ??= begin(deriving, source);
      if (!walk) return null;
      const { session } = walk;
      tally(deriving, source, { session, ...walk.step() });
      if (!walk.done) return false;
      packOlder(deriving.db, historyOf(deriving.db, session));
      walk = null;
      return true;
    },
    forget: () => void (walk = null),
  };
}

/** What there is to derive of a file; null = nothing (yet). */
function begin(deriving: Deriving, source: number): Walk | null {
  const { db, reading, asides, skipped } = deriving;
  const row = sourceById(db, source);
  const parser = parserOf(row);
  if (!parser || row.discarded || skipped.has(source)) return null;
  for (const other of unplaced(db, row)) enter(deriving, other, parser, { last: true, start: null });
  const { session, role } = sourceById(db, source);
  if (session === null || role !== "main") return null;
  adoptTorn(db, row, session);
  putAsideLarge(db, session);
  asides.refresh(session);
  const history = historyOf(db, session);
  if (history.todo.length === 0) return null;
  if (!isLate(db, session, history)) return walkFiles(reading, session, parser, history);
  startOver(deriving, session, mainSources(db, session));
  asides.refresh(session);
  return walkFiles(reading, session, parser, historyOf(db, session));
}
