/** In which order the sources of a session were derived, of sessions that have several. */
import type { Database } from "bun:sqlite";

/** Sources and through which byte they were there, first to last. */
export type Settled = readonly (readonly [source: number, through: number])[];

/** Sessions whose records stand in several sources. */
export function severalSources(db: Database): number[] {
  return db
    .query<{ session: number }, []>(
      `SELECT session FROM sources WHERE session IS NOT NULL AND role IN ('main', 'plain') AND unit <> 'file'
       GROUP BY session HAVING count(*) > 1`,
    )
    .all()
    .map((row) => row.session);
}

/** null when nothing was settled, or the session is gone. */
export function readSettled(db: Database, session: number): Settled | null {
  const row = db.query<{ settled: string | null }, [number]>("SELECT settled FROM sessions WHERE id = ?").get(session);
  // Written by writeSettled only.
  return row?.settled ? (JSON.parse(row.settled) as Settled) : null;
}

export function writeSettled(db: Database, session: number, settled: Settled): void {
  db.query("UPDATE sessions SET settled = ? WHERE id = ?").run(JSON.stringify(settled), session);
}

/** The row number of a session; null when there is none. */
export function sessionByUuid(db: Database, uuid: string): number | null {
  return db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE uuid = ?").get(uuid)?.id ?? null;
}
