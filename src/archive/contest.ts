/**
 * One conversation that an agent keeps in several ways (a database, an exported transcript): the way that knows most is
 * derived, whichever came first; the others are archived beside it.
 */
import type { Database } from "bun:sqlite";
import type { Identity, Provider } from "../domain/provider.ts";
import { sessionId } from "../lib/id.ts";
import { sessionRowByUuid } from "../store/session-rows.ts";
import { mainSources, setRole } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";

type Claim = Extract<Identity, { kind: "session" }>;

/** `lost`: another source of the session is better. `won`: others were derived till now and are not any more. */
export type Contest = "lost" | "won" | "alone";

/** Whether the source is derived, by its rank among the session's; those it beats become replicas. */
export function contest(db: Database, source: SourceRow, provider: Provider, { session, rank }: Claim): Contest {
  if (rank === undefined) return "alone";
  const found = sessionRowByUuid(db, sessionId(source.provider, session.id, session.agent));
  if (!found) return "alone";
  const others = mainSources(db, found.id).filter((main) => main.id !== source.id);
  const ranks = others.map((main) => rankOf(provider, main));
  if (ranks.some((other) => other > rank)) {
    setRole(db, source.id, "replica", found.id);
    return "lost";
  }
  const worse = others.filter((_, n) => ranks[n]! < rank);
  for (const { id } of worse) setRole(db, id, "replica", found.id);
  return worse.length > 0 ? "won" : "alone";
}

function rankOf(provider: Provider, { path, unit }: SourceRow): number {
  const identity = provider.identify({ path, unit, text: "", whole: true });
  return (identity.kind === "session" ? identity.rank : undefined) ?? 0;
}
