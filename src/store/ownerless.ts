/** Copied history whose own session is not in the archive: who holds it, and whether it is in the index. */
import type { Database } from "bun:sqlite";
import { FLAG } from "../domain/event.ts";
import { sessionId } from "../lib/id.ts";

/** Bits of `copies_found`. */
const FOUND = 1;
const DOUBTFUL = 2;

/** Sessions that are to be looked at. */
export function doubtfulCopies(db: Database): number[] {
  return db
    .query<{ id: number }, [number]>("SELECT id FROM sessions WHERE copies_found > 0 AND copies_found & ? <> 0")
    .all(DOUBTFUL)
    .map(({ id }) => id);
}

/** Sessions whose copies of the session in row `origin` are in the index. */
export function findableCopiesOf(db: Database, origin: number): number[] {
  return db
    .query<{ id: number }, [number, number]>(
      `SELECT s.id FROM sessions o JOIN sessions s ON s.copies_found > 0 AND o.uuid IN (s.fork_uuid, s.parent_uuid)
       WHERE o.id = ? AND s.copies_found & ? <> 0`,
    )
    .all(origin, FOUND)
    .map(({ id }) => id);
}

/** Remembers that a session is to be looked at. */
export function doubtCopies(db: Database, session: number): void {
  db.query("UPDATE sessions SET copies_found = copies_found | ? WHERE id = ?").run(DOUBTFUL, session);
}

/** Decides about a session's copied history. True when it is to be indexed anew. */
export function settleCopies(db: Database, session: number): boolean {
  const row = readRow(db, session);
  if (!row) return false;
  const found = row.copied === 1 && !isOwned(db, row);
  db.query("UPDATE sessions SET copies_found = ? WHERE id = ?").run(found ? FOUND : 0, session);
  // What came since the last look was not sent to the index.
  return found || (row.copies_found & FOUND) !== 0;
}

/** True when what a session copied is searched in it. */
export function isCopyFound(db: Database, session: number): boolean {
  return db.query("SELECT 1 FROM sessions WHERE id = ? AND copies_found & ? <> 0").get(session, FOUND) !== null;
}

type Row = {
  readonly provider: string;
  readonly fork_uuid: string | null;
  readonly parent_uuid: string | null;
  readonly copies_found: number;
  readonly copied: number;
};

function readRow(db: Database, session: number): Row | null {
  return db
    .query<Row, [number, number]>(
      `SELECT provider, fork_uuid, parent_uuid, copies_found,
       EXISTS (SELECT 1 FROM events e WHERE e.session = s.id AND e.flags & ? <> 0) AS copied FROM sessions s WHERE id = ?`,
    )
    .get(FLAG.replayed, session);
}

/** Its origin is here, or was deleted: then nobody is to find its words. */
function isOwned(db: Database, { provider, fork_uuid, parent_uuid }: Row): boolean {
  const origins = [fork_uuid, parent_uuid];
  if (db.query("SELECT 1 FROM sessions WHERE uuid IN (?, ?)").get(fork_uuid, parent_uuid) !== null) return true;
  return db
    .query<{ psid: string; agent: string }, [string]>("SELECT psid, agent FROM tombstones WHERE provider = ?")
    .all(provider)
    .some(({ psid, agent }) => origins.includes(sessionId(provider, psid, agent)));
}
