/** A session's row while it is being derived: changed in memory, written once a slice. Session = row number. */
import type { Database } from "bun:sqlite";
import { dropUsage } from "./usage.ts";
import { sessionId } from "../lib/id.ts";
import { projectName } from "../domain/project.ts";
import { TITLE_TRUST } from "../domain/provider.ts";
import type { Facts, SessionKey } from "../domain/provider.ts";
import type { SessionKind } from "../domain/session.ts";

/** The call that has no result yet. `since` ms; `call` = hash of its id, null without one. */
export type CurrentCall = {
  readonly tool: string;
  readonly target: string | null;
  readonly since: number;
  readonly call: number | null;
};

/** Columns that deriving changes; the user's own columns are written by commands only. */
export type SessionState = {
  readonly id: number;
  readonly uuid: string;
  readonly provider: string;
  readonly psid: string;
  kind: SessionKind;
  parent_uuid: string | null;
  fork_uuid: string | null;
  project: string | null;
  cwd: string | null;
  git_repo: string | null;
  git_branch: string | null;
  environment: string;
  demo: number;
  title: string | null;
  title_trust: number;
  started_at: number | null;
  last_event_at: number | null;
  active_at: number;
  open: number;
  current: CurrentCall | null;
  user_messages: number;
  assistant_messages: number;
  tool_calls: number;
  errors: number;
  has_changes: number;
  has_image: number;
  models: string[];
  input: number;
  output: number;
  cache_read: number;
  cache_write: number;
  reasoning: number;
  cost_usd: number | null;
  events: number;
  next_position: number;
  revision: number;
  /** What files beside it say; counts where the session itself says nothing, or (titles) says it with less trust. */
  said: Facts | null;
};

type Column = Exclude<keyof SessionState, "id" | "uuid" | "provider" | "psid" | "said">;

const COLUMNS: readonly Column[] = [
  "kind",
  "parent_uuid",
  "fork_uuid",
  "project",
  "cwd",
  "git_repo",
  "git_branch",
  "environment",
  "demo",
  "title",
  "title_trust",
  "started_at",
  "last_event_at",
  "active_at",
  "open",
  "current",
  "user_messages",
  "assistant_messages",
  "tool_calls",
  "errors",
  "has_changes",
  "has_image",
  "models",
  "input",
  "output",
  "cache_read",
  "cache_write",
  "reasoning",
  "cost_usd",
  "events",
  "next_position",
  "revision",
];

const SELECT = `SELECT id, uuid, provider, psid, ${COLUMNS.join(", ")}, beside FROM sessions WHERE id = ?`;
const UPDATE = `UPDATE sessions SET ${COLUMNS.map((c) => `${c} = ?`).join(", ")}, beside = ?, version = version + 1 WHERE id = ?`;

/** Throws when the row is gone. */
export function loadSession(db: Database, id: number): SessionState {
  const found = db.query<SessionState & { beside: string | null }, [number]>(SELECT).get(id);
  if (!found) throw new Error(`session ${id} is missing`);
  const { beside: text, ...row } = found;
  // Written by saveSession only.
  const beside = text === null ? null : (JSON.parse(text) as Beside);
  const current = row.current as unknown as string | null;
  return {
    ...row,
    ...beside?.own,
    said: beside?.said ?? null,
    models: JSON.parse(row.models as unknown as string) as string[],
    current: current === null ? null : (JSON.parse(current) as CurrentCall),
  };
}

/** Writes what deriving changed. */
export function saveSession(db: Database, state: SessionState): void {
  const { said } = state;
  const shown = said ? { ...state, ...shownFacts(state, said) } : state;
  const beside = said && JSON.stringify({ own: ownFacts(state), said } satisfies Beside);
  const values = COLUMNS.map((column) => {
    const value = shown[column];
    return value !== null && typeof value === "object" ? JSON.stringify(value) : value;
  });
  db.query(UPDATE).run(...(values as (string | number | null)[]), beside, state.id);
}

/** The `beside` column: what the session says of itself, while the row shows what files say too. */
type Beside = { readonly own: ReturnType<typeof ownFacts>; readonly said: Facts };

function ownFacts(state: SessionState) {
  const { title, title_trust, kind, parent_uuid, fork_uuid, cwd, project, git_repo, git_branch, started_at } = state;
  return { title, title_trust, kind, parent_uuid, fork_uuid, cwd, project, git_repo, git_branch, started_at };
}

function shownFacts(state: SessionState, said: Facts): ReturnType<typeof ownFacts> {
  const own = ownFacts(state);
  const cwd = own.cwd ?? said.cwd ?? null;
  const git_repo = own.git_repo ?? said.repo ?? null;
  const uuid = (key: SessionKey | undefined) => (key ? sessionId(state.provider, key.id, key.agent) : null);
  return {
    ...shownTitle(state, said),
    kind: own.kind === "main" ? (said.kind ?? own.kind) : own.kind,
    parent_uuid: own.parent_uuid ?? uuid(said.parent),
    fork_uuid: own.fork_uuid ?? uuid(said.forkOf),
    cwd,
    project: own.project ?? projectName(cwd, git_repo),
    git_repo,
    git_branch: own.git_branch ?? said.branch ?? null,
    started_at: own.started_at ?? said.startedAt ?? null,
  };
}

/** The title that stands in the session's row: at equal trust its own. */
export function shownTitle(
  { title, title_trust }: SessionState,
  said: Facts | null,
): Pick<SessionState, "title" | "title_trust"> {
  const other = said?.title;
  if (!other || TITLE_TRUST[other.trust] <= title_trust) return { title, title_trust };
  return { title: other.text.replace(/\s+/g, " ").trim().slice(0, TITLE_MAX), title_trust: TITLE_TRUST[other.trust] };
}

/** Titles are for one line of the timeline. */
const TITLE_MAX = 200;

export type NewSession = {
  readonly provider: string;
  readonly key: SessionKey;
  readonly variant: string;
  readonly device: number;
};

/** The row number of a session, made when it is new. */
export function sessionRow(
  db: Database,
  { provider, key, variant, device }: NewSession,
): { id: number; created: boolean } {
  const uuid = sessionId(provider, key.id, key.agent, variant);
  const found = db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE uuid = ?").get(uuid);
  if (found) return { id: found.id, created: false };
  const made = db
    .query("INSERT INTO sessions (uuid, provider, psid, agent, variant, device) VALUES (?, ?, ?, ?, ?, ?)")
    .run(uuid, provider, key.id, key.agent, variant, device);
  return { id: Number(made.lastInsertRowid), created: true };
}

/** True when the session was deleted. */
export function isDeleted(db: Database, provider: string, key: SessionKey, variant: string): boolean {
  return (
    db
      .query("SELECT 1 FROM tombstones WHERE provider = ? AND psid = ? AND agent = ? AND variant = ?")
      .get(provider, key.id, key.agent, variant) !== null
  );
}

/** Forgets all that was derived of a session, so that its sources are derived from 0 again. The user's columns stay. */
export function resetSession(db: Database, id: number): void {
  resetEvents(db, id);
  dropUsage(db, id);
  db.query(
    `UPDATE sessions SET input = 0, output = 0, cache_read = 0, cache_write = 0, reasoning = 0, cost_usd = NULL,
     settled = NULL WHERE id = ?`,
  ).run(id);
}

/**
 * Forgets a session's events and what they said of it. Its calls stay counted: deriving them again changes nothing, and
 * copies in other sessions have a part in their figures.
 */
export function resetEvents(db: Database, id: number): void {
  db.query("DELETE FROM events WHERE session = ?").run(id);
  db.query("UPDATE sources SET derived_through = 0, state = NULL WHERE session = ? AND role IN ('main', 'plain')").run(
    id,
  );
  db.query(
    `UPDATE sessions SET title = NULL, title_trust = 0, started_at = NULL, last_event_at = NULL, open = 0, current = NULL,
     user_messages = 0, assistant_messages = 0, tool_calls = 0, errors = 0, has_changes = 0, has_image = 0, models = '[]',
     events = 0, next_position = 0, cwd = NULL, project = NULL, git_branch = NULL, git_repo = NULL, beside = NULL,
     revision = revision + 1, version = version + 1 WHERE id = ?`,
  ).run(id);
}

/** Says that one session is another's fork, unless its own records say so. */
export function linkFork(db: Database, fork: number, from: number): void {
  db.query(
    "UPDATE sessions SET fork_uuid = (SELECT uuid FROM sessions WHERE id = ?) WHERE id = ? AND fork_uuid IS NULL",
  ).run(from, fork);
}

/** What the indexer and an answer need of a row. Throws when it is gone. */
export function sessionName(db: Database, id: number): { readonly uuid: string; readonly title: string | null } {
  const row = db
    .query<{ uuid: string; title: string | null }, [number]>("SELECT uuid, title FROM sessions WHERE id = ?")
    .get(id);
  if (!row) throw new Error(`session ${id} is missing`);
  return row;
}

/** Tells readers that events changed other than by appending. */
export function raiseRevision(db: Database, id: number): void {
  db.query("UPDATE sessions SET revision = revision + 1 WHERE id = ?").run(id);
}
