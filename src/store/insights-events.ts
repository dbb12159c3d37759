/** What the insights page needs of the events themselves: tools and how often they fail, and how long sessions took. */
import type { Database } from "bun:sqlite";
import { FLAG, KINDS } from "../domain/event.ts";
import type { Insights, ToolUse, TopSession } from "../domain/insights.ts";
import type { UsageRow } from "../domain/usage.ts";
import type { Where } from "./session-filters.ts";
import { timeOf } from "./usage-report.ts";

/** A list of the most is to be read, not paged. */
const TOP = 10;
/** A pause longer than this is no work: somebody was away. */
const PAUSE_MS = 10 * 60_000;
/** Copied history is another session's work; what was taken back is nobody's. */
const FOREIGN = FLAG.replayed | FLAG.abandoned;
const CALL = KINDS.indexOf("tool_call");
const RESULT = KINDS.indexOf("tool_result");

/** A session's last event is its latest: what ended before the range has nothing in it, and is not read. */
const LATER = "s.recent_at >= $from";
const inRange = (table: string) => `${timeOf(table)} >= $from AND ${timeOf(table)} < $to`;

/** Every tool that was called, most called first. A call failed when its result says so. */
export function toolUses(db: Database, { sql, params }: Where): readonly ToolUse[] {
  const from = `FROM sessions s JOIN events e ON e.session = s.id`;
  return db
    .query<ToolUse, [Where["params"]]>(
      `WITH failed AS MATERIALIZED (
         SELECT DISTINCT e.session, e.call ${from}
         WHERE ${sql} AND ${LATER} AND e.kind = ${RESULT} AND e.call IS NOT NULL AND e.flags & ${FLAG.error} <> 0
           AND e.flags & ${FOREIGN} = 0 AND ${timeOf("e")} >= $from)
       SELECT (SELECT name FROM names WHERE id = e.tool) AS name, count(*) AS calls, count(DISTINCT e.session) AS sessions,
         sum(f.call IS NOT NULL OR e.flags & ${FLAG.error} <> 0) AS failed
       ${from} LEFT JOIN failed f ON f.session = e.session AND f.call = e.call
       WHERE ${sql} AND ${LATER} AND e.kind = ${CALL} AND e.flags & ${FOREIGN} = 0 AND ${inRange("e")}
       GROUP BY e.tool ORDER BY calls DESC, name`,
    )
    .all(params);
}

/** The longest and the dearest. `used`: by session's row number, sub-agents added to the session that began them. */
export function topSessions(
  db: Database,
  where: Where,
  used: readonly UsageRow[],
): Pick<Insights, "longest" | "dearest"> {
  const active = activeMs(db, where);
  const byRow = new Map(used.map((row) => [Number(row.key), row]));
  const make = (id: number) => topSession(db, id, { active_ms: active.get(id) ?? 0, used: byRow.get(id) });
  const longest = [...active].sort((a, b) => b[1] - a[1]).slice(0, TOP);
  const dearest = used.filter(({ cost_usd }) => (cost_usd ?? 0) > 0).sort((a, b) => b.cost_usd! - a.cost_usd!);
  return {
    longest: longest.flatMap(([id]) => make(id)),
    dearest: dearest.slice(0, TOP).flatMap(({ key }) => make(Number(key))),
  };
}

/** How long each session was at work, by its row number, ms. Sessions of one moment are left out. */
function activeMs(db: Database, { sql, params }: Where): ReadonlyMap<number, number> {
  const rows = db
    .query<{ session: number; ms: number }, [Where["params"]]>(
      `SELECT session, sum(gap) AS ms FROM (
         SELECT e.session, e.at - lag(e.at) OVER (PARTITION BY e.session ORDER BY e.position) AS gap FROM events e
         WHERE e.session IN (SELECT s.id FROM sessions s WHERE ${sql} AND ${LATER} AND s.kind NOT IN ('subagent', 'internal'))
           AND e.at >= $from AND e.at < $to AND e.flags & ${FLAG.replayed} = 0)
       WHERE gap BETWEEN 1 AND ${PAUSE_MS} GROUP BY session`,
    )
    .all(params);
  return new Map(rows.map(({ session, ms }) => [session, ms]));
}

type Row = Pick<TopSession, "id" | "title" | "provider" | "project"> & { readonly started_at: number | null };
type Measured = { readonly active_ms: number; readonly used: UsageRow | undefined };

function topSession(db: Database, id: number, { active_ms, used }: Measured): readonly TopSession[] {
  const row = db
    .query<Row, [number]>(
      `SELECT uuid AS id, coalesce(nullif(user_title, ''), title) AS title, provider, project, started_at
       FROM sessions WHERE id = ?`,
    )
    .get(id);
  if (!row) return [];
  const { prompts = 0, cost_usd = null, unpriced_tokens = 0 } = used ?? {};
  const started_at = row.started_at === null ? null : new Date(row.started_at).toISOString();
  return [{ ...row, started_at, active_ms, prompts, cost_usd, unpriced_tokens }];
}
