/** The sample sessions' rows. */
import type { Database } from "bun:sqlite";
import { deleteSession } from "./session-delete.ts";
import type { Effects } from "./write.ts";

/** The samples' device: never a real machine's. */
export const DEMO_DEVICE = "samples";

/** Sessions with at least one event. */
export function countSessions(db: Database): number {
  return db.query<{ n: number }, []>("SELECT count(*) AS n FROM sessions WHERE events > 0").get()!.n;
}

/** Whether samples were ever put in, removed ones included. */
export function samplesWereHere(db: Database): boolean {
  const sources = "SELECT 1 FROM sources WHERE device IN (SELECT id FROM devices WHERE device_id = ?) LIMIT 1";
  return db.query(sources).get(DEMO_DEVICE) !== null;
}

/** Command: removes the samples and what would keep them away, as if they had never been there. */
export function clearDemo(db: Database, _: null, effects: Effects): void {
  const there = db.query<{ uuid: string }, []>("SELECT uuid FROM sessions WHERE demo = 1").all();
  for (const { uuid } of there) deleteSession(db, { id: uuid, copies: false }, effects);
  const gone = `SELECT json_extract(state, '$.deleted.psid') FROM sources WHERE discarded = 1 AND device IN
    (SELECT id FROM devices WHERE device_id = '${DEMO_DEVICE}')`;
  db.run(`DELETE FROM tombstones WHERE psid IN (${gone})`);
  db.query("DELETE FROM sources WHERE discarded = 1 AND device IN (SELECT id FROM devices WHERE device_id = ?)").run(
    DEMO_DEVICE,
  );
}
