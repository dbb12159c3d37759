/** A session derived anew from its sources' bytes, in the order that these say. */
import type { SourceRow } from "../store/sources.ts";
import { mainSources } from "../store/sources.ts";
import { resetEvents, resetSession } from "../store/session-state.ts";
import type { Deriving } from "./deriving.ts";

/** Empties the session and puts its sources, in the order given, behind what waits: files that are rewritten whole first. */
export function startOver(
  { db, reading, contexts, backlog }: Deriving,
  session: number,
  sources: readonly SourceRow[],
): void {
  contexts.flush(session);
  contexts.drop(session);
  resetEvents(db, session);
  reading.rows.change("rebuilt", session);
  const file = sources.find(({ unit }) => unit === "file");
  if (file) backlog.readBack(file.id, 0, file.through);
  for (const { id, unit, through } of sources) if (unit !== "file") backlog.readBack(id, 0, through);
}

/** What others told of the session does not count any more, calls neither. */
export function forgetAll(deriving: Deriving, session: number): void {
  resetSession(deriving.db, session);
  deriving.usage.forget();
  startOver(deriving, session, mainSources(deriving.db, session));
}
