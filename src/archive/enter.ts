/** A source's way into deriving: whose it is, what its name says of that session, and the context that its lines are read in. */
import type { Facts, Provider } from "../domain/provider.ts";
import { sourceById, sourcesOf } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import type { SessionState } from "../store/session-state.ts";
import type { Context } from "./contexts.ts";
import { parserOf } from "./deriving.ts";
import type { Deriving } from "./deriving.ts";
import { applyFacts } from "./facts.ts";
import { applyHint } from "./hint.ts";
import { factsOf, place } from "./place.ts";
import type { Sight } from "./place.ts";
import { forgetAll } from "./start-over.ts";

/** The context to feed, or null when the source has nothing to derive (yet). */
export function contextOf(deriving: Deriving, source: number, sight: Sight): Context | null {
  const { db, contexts, skipped, asides } = deriving;
  const found = contexts.find(source);
  if (found) return found;
  const row = sourceById(db, source);
  const parser = parserOf(row);
  if (!parser || row.discarded || skipped.has(source)) return null;
  if ((row.role === "main" || row.role === "plain") && row.session !== null)
    return reopen(deriving, row, parser, row.session);
  if (row.role === "sidecar") asides.note(row.id);
  if (row.role !== "new" && row.role !== "replica") return null;
  return enter(deriving, row, parser, sight);
}

/** A source that is derived from its start again says again what its name and its shipper say. */
function reopen(deriving: Deriving, row: SourceRow, parser: Provider, session: number): Context {
  const { db, contexts } = deriving;
  if (row.state === null && row.unit !== "file")
    introduce(deriving, contexts.session(session), row, factsOf(db, row, parser));
  return contexts.open(row, parser, session);
}

function introduce({ asides }: Deriving, session: SessionState, row: SourceRow, facts: Facts | null) {
  if (facts) applyFacts(session, facts);
  applyHint(session, row.hint);
  asides.refresh(session.id);
}

/** Places a source; null when it is not read by lines, or not (yet) derived. */
export function enter(deriving: Deriving, row: SourceRow, parser: Provider, sight: Sight): Context | null {
  const { db, contexts, asides, tails, outcomes } = deriving;
  const placed = place(db, row, parser, sight);
  if (placed.kind === "wait" && row.unit !== "file") tails.add(row.id);
  if (placed.kind === "rest") asides.note(row.id);
  if (placed.kind !== "derive") return null;
  if (placed.taken !== null) contexts.close(placed.taken);
  if (placed.anew) forgetAll(deriving, placed.session);
  introduce(deriving, contexts.session(placed.session), row, placed.facts);
  outcomes.set(row.id, { session: placed.session, created: placed.created, inserted: 0, skipped: 0 });
  // A second main source changes how equal lines are counted in the first.
  for (const other of sourcesOf(db, placed.session)) if (other !== row.id) contexts.close(other);
  return row.unit === "file" ? null : contexts.open(sourceById(db, row.id), parser, placed.session);
}
