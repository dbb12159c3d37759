/** Helpers of deleted sessions that say only in their records whose they are. */
import type { Database } from "bun:sqlite";
import { forgetAsides } from "./asides.ts";
import { discardSource } from "./tombstones.ts";
import { dropUsage } from "./usage.ts";

type Row = {
  readonly provider: string;
  readonly psid: string;
  readonly agent: string;
  readonly variant: string;
};

/**
 * Takes a session and its bytes away as if it had been there when `root` (a session's id) was deleted: undelete of that
 * brings it back.
 */
export function discardOrphan(db: Database, session: number, root: string): void {
  const row = db.query<Row, [number]>("SELECT provider, psid, agent, variant FROM sessions WHERE id = ?").get(session);
  if (!row) return;
  for (const { id } of db.query<{ id: number }, [number]>("SELECT id FROM sources WHERE session = ?").all(session))
    discardSource(db, id, { ...row, root });
  forgetAsides(db, row);
  db.query("DELETE FROM events WHERE session = ?").run(session);
  dropUsage(db, session);
  db.query("DELETE FROM sessions WHERE id = ?").run(session);
  db.query("INSERT INTO changes (kind, session) VALUES ('deleted', ?)").run(session);
}
