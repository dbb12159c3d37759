/** Sessions as rows and as the API gives them. State is computed when it is read: it changes by time alone. */
import type { Database } from "bun:sqlite";
import type { Current, Session, SessionKind, State } from "../domain/session.ts";
import { presenceKey, readPresence } from "./presence.ts";
import type { Alive, Presence } from "./presence.ts";
import type { CurrentCall } from "./session-state.ts";

/** Bytes that came this lately mean work, while the agent owes its final reply; and an agent that lives. Milliseconds. */
const WORKING_MS = 60_000;
export const IDLE_MS = 30 * 60_000;
/** A line is shipped a moment after the agent has said that it waits. */
const LAG_MS = 2000;

/** A session's columns, and what is joined to them. Times ms, ids row numbers, JSON columns as text. */
export type SessionRow = {
  readonly id: number;
  readonly uuid: string;
  readonly provider: string;
  readonly psid: string;
  readonly agent: string;
  readonly variant: string;
  readonly device_id: string;
  readonly kind: SessionKind;
  readonly parent_uuid: string | null;
  readonly fork_uuid: string | null;
  readonly project: string | null;
  readonly cwd: string | null;
  readonly git_repo: string | null;
  readonly git_branch: string | null;
  readonly environment: string;
  readonly demo: number;
  readonly title: string | null;
  readonly user_title: string | null;
  readonly note: string | null;
  readonly tags: string;
  readonly pinned: number;
  readonly unread: number;
  readonly started_at: number | null;
  readonly last_event_at: number | null;
  readonly recent_at: number | null;
  readonly active_at: number;
  readonly open: number;
  readonly current: string | null;
  readonly user_messages: number;
  readonly assistant_messages: number;
  readonly tool_calls: number;
  readonly errors: number;
  readonly has_changes: number;
  readonly models: string;
  readonly input: number;
  readonly output: number;
  readonly cache_read: number;
  readonly cache_write: number;
  readonly reasoning: number;
  readonly cost_usd: number | null;
  readonly events: number;
  readonly next_position: number;
  readonly version: number;
  readonly revision: number;
  readonly subagents: number;
};

/** True when something new came since it was read; what happened before this archive was made is no news. */
export const UNREAD = `s.next_position - 1 > s.read_position AND s.demo = 0
  AND coalesce(s.recent_at, 0) > (SELECT created_at FROM archive)`;

const SELECT = `SELECT s.id, s.uuid, s.provider, s.psid, s.agent, s.variant, d.device_id, s.kind, s.parent_uuid, s.fork_uuid,
  s.project, s.cwd, s.git_repo, s.git_branch, s.environment, s.demo, s.title, s.user_title, s.note, s.tags, s.pinned,
  s.started_at, s.last_event_at, s.recent_at, s.active_at, s.open, s.current, s.user_messages, s.assistant_messages,
  s.tool_calls, s.errors, s.has_changes, s.models, s.input, s.output, s.cache_read, s.cache_write, s.reasoning,
  s.cost_usd, s.events, s.next_position, s.version, s.revision, (${UNREAD}) AS unread,
  (SELECT count(*) FROM sessions c WHERE c.parent_uuid = s.uuid AND c.kind = 'subagent') AS subagents
  FROM sessions s JOIN devices d ON d.id = s.device`;

/** A session by its row number; null when it is gone. */
export function sessionRow(db: Database, id: number): SessionRow | null {
  return db.query<SessionRow, [number]>(`${SELECT} WHERE s.id = ?`).get(id);
}

/** A session by its id in URLs; null when there is none. */
export function sessionRowByUuid(db: Database, uuid: string): SessionRow | null {
  return db.query<SessionRow, [string]>(`${SELECT} WHERE s.uuid = ?`).get(uuid);
}

/** Sessions by row number, in the order asked for; those that are gone are left out. */
export function sessionsByRow(db: Database, rows: readonly number[], now: number): Session[] {
  const read = sessionReader(db, now);
  return rows.flatMap((id) => read(id) ?? []);
}

/** Reads one session after the other, by row number; null for one that is gone. Within one snapshot. */
export function sessionReader(db: Database, now: number): (id: number) => Session | null {
  const presence = readPresence(db, now);
  return (id) => {
    const row = sessionRow(db, id);
    return row && toSession(row, presence, now);
  };
}

/** null when there is none. */
export function sessionByUuid(db: Database, uuid: string, now: number): Session | null {
  const row = sessionRowByUuid(db, uuid);
  return row && toSession(row, readPresence(db, now), now);
}

/** Row numbers of all sessions that may be anything but ended at `now` (ms). */
export function liveRows(db: Database, presence: Presence, now: number): number[] {
  const active = db.query<{ id: number }, [number]>("SELECT id FROM sessions WHERE active_at > ?").all(now - IDLE_MS);
  const named = db.query<{ id: number }, [string, string]>(
    "SELECT id FROM sessions WHERE provider = ? AND psid = ? AND agent = ''",
  );
  const alive = [...presence.values()].flatMap(([first]) =>
    first ? named.all(first.provider, first.provider_session_id) : [],
  );
  return [...new Set([...active, ...alive].map((row) => row.id))];
}

/** The session as the API gives it at `now` (ms). */
export function toSession(row: SessionRow, presence: Presence, now: number): Session {
  const alive = aliveOf(row, presence);
  const state = stateOf(row, alive, now);
  return {
    id: row.uuid,
    provider: row.provider,
    provider_session_id: row.psid,
    device_id: row.device_id,
    project: row.project,
    cwd: row.cwd,
    git_repo: row.git_repo,
    git_branch: row.git_branch,
    title: row.user_title ?? row.title,
    started_at: iso(row.started_at),
    ended_at: state === "ended" ? iso(row.last_event_at) : null,
    last_event_at: iso(row.last_event_at),
    state,
    current: state === "working" || state === "waiting" ? currentOf(row) : null,
    waiting_for: state === "waiting" ? (alive?.waiting_for ?? null) : null,
    user_messages: row.user_messages,
    assistant_messages: row.assistant_messages,
    tool_calls: row.tool_calls,
    errors: row.errors,
    models: JSON.parse(row.models) as string[],
    tokens: tokensOf(row),
    // Sums of fractions in any order: beyond a millionth they are noise.
    cost_usd: row.cost_usd === null ? null : Math.round(row.cost_usd * 1e6) / 1e6,
    parent_session_id: row.parent_uuid,
    fork_of: row.fork_uuid,
    kind: row.kind,
    subagents: row.subagents,
    has_changes: row.has_changes !== 0,
    demo: row.demo !== 0,
    environment: row.environment,
    tags: JSON.parse(row.tags) as string[],
    pinned: row.pinned !== 0,
    note: row.note,
    unread: row.unread !== 0,
    version: row.version,
  };
}

function tokensOf({ input, output, cache_read, cache_write, reasoning }: SessionRow): Session["tokens"] {
  return { input, output, cache_read, cache_write, reasoning };
}

/** The running agent whose session this row is: its own machine's, else any that goes on with the common history. */
export function aliveOf(row: SessionRow, presence: Presence): Alive | null {
  if (row.agent !== "" || presence.size === 0) return null;
  const all = presence.get(presenceKey(row.provider, row.psid)) ?? [];
  const own = all.find((alive) => alive.device === row.device_id);
  return own ?? (row.variant === "" ? (all[0] ?? null) : null);
}

/** API.md section 4. What the agent says of itself counts until newer bytes say otherwise. */
export function stateOf(row: Pick<SessionRow, "open" | "active_at">, alive: Alive | null, now: number): State {
  if (alive?.state === "waiting" && row.active_at <= alive.at + LAG_MS) return "waiting";
  if (alive?.state === "working") return "working";
  // A clock that runs ahead must not make a session live for ever.
  const age = Math.abs(now - row.active_at);
  const saidIdle = alive?.state === "idle" && alive.at > row.active_at;
  if (row.open !== 0 && age < WORKING_MS && !saidIdle) return "working";
  return alive || age < IDLE_MS ? "idle" : "ended";
}

function currentOf(row: SessionRow): Current | null {
  if (row.current === null) return null;
  const { tool, target, since } = JSON.parse(row.current) as CurrentCall;
  return { tool, target, since: iso(since) ?? new Date(row.active_at).toISOString() };
}

/** ISO 8601 UTC with milliseconds; null for null and for what no calendar has. */
export function iso(ms: number | null): string | null {
  if (ms === null || !(Math.abs(ms) <= 8.64e15)) return null;
  return new Date(ms).toISOString();
}
