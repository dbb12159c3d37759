/** A session's events counted in even stretches; one pass over their rows, no text is read. */
import type { Database } from "bun:sqlite";
import type { Activity } from "../domain/activity.ts";
import { FLAG, KINDS } from "../domain/event.ts";
import { eventId } from "../lib/id.ts";
import { iso } from "./session-rows.ts";

type Row = {
  readonly hi: number;
  readonly lo: number;
  readonly at: number | null;
  readonly events: number;
  readonly prompts: number;
  readonly tools: number;
  readonly changes: number;
  readonly errors: number;
};

const kind = (name: (typeof KINDS)[number]) => KINDS.indexOf(name);

/** At most `buckets` stretches of a session (row number). Injected prompts are none. */
export function activityOf(db: Database, session: number, buckets: number): Activity {
  const rows = db
    .query<Row, [number, number]>(
      // Of a bare column beside min() SQLite takes the row that has the minimum.
      `SELECT eid >> 30 AS hi, eid & 0x3fffffff AS lo, at, min(position), count(*) AS events,
         sum(kind = ${kind("prompt")} AND flags & ${FLAG.injected} = 0) AS prompts,
         sum(kind = ${kind("tool_call")}) AS tools, sum(flags & ${FLAG.change} <> 0) AS changes,
         sum(flags & ${FLAG.error} <> 0) AS errors
       FROM events WHERE session = ?1
       GROUP BY position * ?2 / (SELECT max(1, next_position) FROM sessions WHERE id = ?1) ORDER BY min(position)`,
    )
    .all(session, buckets);
  const stretches = rows.map(({ at, events, prompts, tools, changes, errors, ...id }) => {
    return { event_id: eventId(id), at: iso(at), events, prompts, tools, changes, errors };
  });
  return { stretches };
}
