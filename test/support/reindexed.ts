/** All that is derived, as one value that two archives, or two times, can be compared by. */
import type { Database } from "bun:sqlite";

type Session = { readonly psid: string; readonly agent: string; readonly variant: string };

/** Sessions with their figures, their events in order, and who is charged for which call. */
export function readPage(db: Database) {
  const sessions = db
    .query<Session, []>(
      `SELECT uuid, provider, psid, agent, variant, kind, parent_uuid, fork_uuid, project, cwd, git_branch, title,
       started_at, last_event_at, active_at, open, current, user_messages, assistant_messages, tool_calls, errors, has_changes,
       has_image, models, input, output, cache_read, cache_write, reasoning, round(cost_usd, 9) AS cost, events
       FROM sessions ORDER BY uuid`,
    )
    .all();
  const events = db
    .query<{ id: string }, []>(
      `SELECT uuid || ':' || eid AS id, source, offset, idx, events.kind, at, flags, tool, call, model FROM events
       JOIN sessions ON sessions.id = events.session ORDER BY uuid, position`,
    )
    .all();
  const usage = db
    .query<{ key: number }, []>(
      `SELECT key, uuid, at, usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning FROM usage
       JOIN sessions ON sessions.id = usage.session ORDER BY key`,
    )
    .all();
  return { sessions, events, usage };
}
