/** Which sessions repeat another's history: resumed copies and forks, and files that hold the same blocks. */
import type { Database } from "bun:sqlite";

/** Copies that are named at most. */
const MAX = 200;

/** Ids of the sessions that hold bytes or records of the session in row `id`, but not those that it came from itself. */
export function copiesOf(db: Database, id: number): string[] {
  return db
    .query<{ uuid: string }, [number, number]>(
      `WITH RECURSIVE
         ancestors (uuid) AS (
           SELECT fork_uuid FROM sessions WHERE id = ?1 AND fork_uuid IS NOT NULL
           UNION
           SELECT s.fork_uuid FROM sessions s JOIN ancestors a ON s.uuid = a.uuid WHERE s.fork_uuid IS NOT NULL
         ),
         forks (uuid) AS (
           SELECT s.uuid FROM sessions s WHERE s.fork_uuid = (SELECT uuid FROM sessions WHERE id = ?1)
           UNION
           SELECT s.uuid FROM sessions s JOIN forks f ON s.fork_uuid = f.uuid
         ),
         sharing (uuid) AS (
           SELECT DISTINCT other.uuid
           FROM sources mine
           JOIN source_blocks a ON a.source = mine.id
           JOIN source_blocks b ON b.block = a.block AND b.source <> a.source
           JOIN sources theirs ON theirs.id = b.source AND theirs.session <> ?1
           JOIN sessions other ON other.id = theirs.session
           -- Two agents' notes beside them may well be equal.
           WHERE mine.session = ?1 AND mine.role <> 'sidecar' AND theirs.role <> 'sidecar'
         )
       SELECT uuid FROM (SELECT uuid FROM forks UNION SELECT uuid FROM sharing)
       WHERE uuid <> (SELECT uuid FROM sessions WHERE id = ?1) AND uuid NOT IN (SELECT uuid FROM ancestors)
       ORDER BY uuid LIMIT ?2`,
    )
    .all(id, MAX)
    .map((row) => row.uuid);
}
