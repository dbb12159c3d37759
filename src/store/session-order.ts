/** In which order the sources of a session were derived, of sessions that have several; and who is to claim its calls. */
import type { Database } from "bun:sqlite";
import { putSetting, readSetting } from "./settings.ts";

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

export function writeSettled(db: Database, session: number, settled: Settled | null): void {
  db.query("UPDATE sessions SET settled = ? WHERE id = ?").run(settled && JSON.stringify(settled), session);
}

const CLAIMS = "claims";

/** Ids of sessions that are to claim their calls from those that came from them. */
export function readClaims(db: Database): string[] {
  // Written by putClaims only.
  return JSON.parse(readSetting(db, CLAIMS) ?? "[]") as string[];
}

export function putClaims(db: Database, uuids: ReadonlySet<string>): void {
  putSetting(db, { key: CLAIMS, value: uuids.size === 0 ? null : JSON.stringify([...uuids]) });
}

/** The row number of a session; null when there is none. */
export function sessionByUuid(db: Database, uuid: string): number | null {
  return db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE uuid = ?").get(uuid)?.id ?? null;
}
