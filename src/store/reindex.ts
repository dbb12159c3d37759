/** Deriving everything again from the archived bytes. */
import type { Database } from "bun:sqlite";
import { resetSession } from "./session-state.ts";
import { dropAllUsage } from "./usage.ts";
import type { Effects } from "./write.ts";

/** Command: forgets all that was derived; the writer then derives every source from 0. Returns how many sessions. */
export function reindexAll(db: Database, _: null, effects: Effects): number {
  const rows = db.query<{ id: number }, []>("SELECT id FROM sessions").all();
  dropAllUsage(db);
  for (const { id } of rows) reset(db, id, effects);
  effects.rederive();
  return rows.length;
}

/** Sessions whose sources were parsed by an older version of their provider, set back to be derived again. */
export function resetOutdated(db: Database, versions: ReadonlyMap<string, number>): number {
  const rows = db
    .query<{ session: number; provider: string; path: string; parser_version: number }, []>(
      "SELECT DISTINCT session, provider, path, parser_version FROM sources WHERE session IS NOT NULL AND role IN ('main', 'plain') AND derived_through > 0",
    )
    .all();
  const name = (row: { path: string; provider: string }) => (row.path.startsWith("event:") ? "event" : row.provider);
  const old = new Set(
    rows.filter((row) => row.parser_version < (versions.get(name(row)) ?? 0)).map((row) => row.session),
  );
  for (const id of old) reset(db, id, null);
  return old.size;
}

function reset(db: Database, id: number, effects: Effects | null) {
  resetSession(db, id);
  db.query("INSERT INTO changes (kind, session) VALUES ('rebuilt', ?)").run(id);
  effects?.touched(id);
}
