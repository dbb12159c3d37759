/**
 * Which sessions: the filters of GET /api/agents/sessions as SQL over `sessions s`. Long lists of values are bound as JSON,
 * so that few statements are prepared.
 */
import type { Database } from "bun:sqlite";
import type { SessionKind, State } from "../domain/session.ts";
import { readPresence } from "./presence.ts";
import { aliveOf, liveRows, sessionRow, stateOf, UNREAD } from "./session-rows.ts";

/** Any of `include` (all when empty), none of `exclude`. */
export type Choice<T extends string = string> = { readonly include: readonly T[]; readonly exclude: readonly T[] };

export const HAS = ["error", "image", "changes"] as const;
export type Has = (typeof HAS)[number];

export type SessionFilters = {
  readonly provider?: Choice;
  readonly project?: Choice;
  readonly device_id?: Choice;
  readonly branch?: Choice;
  /** Models that answered in it, or in one of its sub-agents. */
  readonly model?: Choice;
  readonly tag?: Choice;
  readonly state?: Choice<State>;
  readonly kind?: Choice<SessionKind>;
  /** `test` and `e2e` are hidden unless they are included. */
  readonly environment?: Choice;
  readonly pinned?: boolean;
  readonly unread?: boolean;
  readonly has?: Choice<Has>;
  /** Last event at or after, before; milliseconds UTC. */
  readonly since?: number;
  readonly until?: number;
  /** A session's id. */
  readonly parent_session_id?: string;
  /** Sessions' ids. */
  readonly ids?: readonly string[];
  /** Sessions' ids that are not wanted. */
  readonly not_ids?: readonly string[];
  /** Kinds subagent and internal too. Without it they are found by parent, by id, and when `kind` names them. */
  readonly include_subagents: boolean;
};

/** A condition and its named parameters; the parameters' names begin with the filter's. */
export type Where = { readonly sql: string; readonly params: Readonly<Record<string, string | number>> };

/** Values bound one by one: a walk over 10,000 sessions takes 1.7 ms with them, 3.1 with a JSON list. */
const FEW = 3;

const HIDDEN_KINDS = ["subagent", "internal"] as const;
const HIDDEN_ENVIRONMENTS = ["test", "e2e"] as const;

const HAS_SQL: Record<Has, string> = {
  error: "s.errors > 0",
  image: "s.has_image <> 0",
  changes: "s.has_changes <> 0",
};

/** The condition on `sessions s` at `now` (ms). Sessions without an event are left out always. */
export function whereSessions(db: Database, filters: SessionFilters, now: number): Where {
  const parts: string[] = ["s.recent_at IS NOT NULL"];
  const params: Record<string, string | number> = {};
  const bind = (name: string, value: string | number) => ((params[name] = value), `$${name}`);
  const among = (name: string, values: readonly (string | number)[]) =>
    values.length > FEW
      ? `(SELECT value FROM json_each(${bind(name, JSON.stringify(values))}))`
      : `(${values.map((value, n) => bind(`${name}${n}`, value)).join(", ")})`;
  const choose = (name: string, column: string, choice: Choice | undefined) => {
    if (choice?.include.length) parts.push(`${column} IN ${among(name, choice.include)}`);
    // `IS NOT TRUE`: a session without a project is not in an excluded one.
    if (choice?.exclude.length) parts.push(`(${column} IN ${among(`${name}_not`, choice.exclude)}) IS NOT TRUE`);
  };

  if (filters.since !== undefined) parts.push(`s.recent_at >= ${bind("since", filters.since)}`);
  if (filters.until !== undefined) parts.push(`s.recent_at < ${bind("until", filters.until)}`);
  // Without the plus SQLite finds an agent by its ids, and sorts all that it has.
  choose("provider", "+s.provider", filters.provider);
  choose("project", "s.project", filters.project);
  choose("branch", "s.git_branch", filters.branch);
  choose("device_id", "(SELECT device_id FROM devices d WHERE d.id = s.device)", filters.device_id);
  if (filters.tag?.include.length) parts.push(`${tagged(among("tag", filters.tag.include))}`);
  if (filters.tag?.exclude.length) parts.push(`NOT ${tagged(among("tag_not", filters.tag.exclude))}`);
  if (filters.model?.include.length) parts.push(answeredBy(among("model", filters.model.include)));
  if (filters.model?.exclude.length) parts.push(`NOT ${answeredBy(among("model_not", filters.model.exclude))}`);
  if (filters.has) parts.push(...has(filters.has));
  if (filters.pinned !== undefined) parts.push(filters.pinned ? "s.pinned <> 0" : "s.pinned = 0");
  if (filters.unread !== undefined) parts.push(`${filters.unread ? "" : "NOT "}(${UNREAD})`);
  // Nearly all pass these: asked last, they are asked of few.
  choose("kind", "s.kind", kinds(filters));
  choose("environment", "s.environment", environments(filters));
  if (filters.parent_session_id !== undefined)
    parts.push(`s.parent_uuid = ${bind("parent", filters.parent_session_id)}`);
  if (filters.ids) parts.push(`s.uuid IN ${among("ids", filters.ids)}`);
  if (filters.not_ids?.length) parts.push(`s.uuid NOT IN ${among("not_ids", filters.not_ids)}`);
  if (filters.state) {
    const { rows, isWanted } = stateRows(db, filters.state, now);
    parts.push(`s.id ${isWanted ? "" : "NOT "}IN ${among("state", rows)}`);
  }
  return { sql: parts.join(" AND "), params };
}

function kinds(filters: SessionFilters): Choice | undefined {
  if (filters.include_subagents || filters.parent_session_id !== undefined || filters.ids) return filters.kind;
  if (filters.kind?.include.length) return filters.kind;
  return { include: [], exclude: [...(filters.kind?.exclude ?? []), ...HIDDEN_KINDS] };
}

function environments(filters: SessionFilters): Choice | undefined {
  const { environment } = filters;
  if (environment?.include.length || filters.ids) return environment;
  return { include: [], exclude: [...(environment?.exclude ?? []), ...HIDDEN_ENVIRONMENTS] };
}

/** Most have none: to begin reading an empty list takes half of the time. */
const tagged = (values: string) =>
  `(s.tags <> '[]' AND EXISTS (SELECT 1 FROM json_each(s.tags) t WHERE t.value IN ${values}))`;

const answeredBy = (values: string) =>
  `(EXISTS (SELECT 1 FROM json_each(s.models) m WHERE m.value IN ${values}) OR EXISTS (
    SELECT 1 FROM sessions c, json_each(c.models) m WHERE c.parent_uuid = s.uuid
    AND c.kind IN (${HIDDEN_KINDS.map((kind) => `'${kind}'`).join(", ")}) AND m.value IN ${values}))`;

function has(choice: Choice<Has>): string[] {
  const any = choice.include.map((what) => HAS_SQL[what]).join(" OR ");
  return [...(any ? [`(${any})`] : []), ...choice.exclude.map((what) => `NOT (${HAS_SQL[what]})`)];
}

type Live = Record<Exclude<State, "ended">, number[]>;

/** State is not stored; but few sessions are not ended, and those are known by row. */
function liveByState(db: Database, now: number): Live {
  const presence = readPresence(db, now);
  const live: Live = { working: [], waiting: [], idle: [] };
  for (const id of liveRows(db, presence, now)) {
    const row = sessionRow(db, id);
    const state = row ? stateOf(row, aliveOf(row, presence), now) : "ended";
    if (state !== "ended") live[state].push(id);
  }
  return live;
}

function wantedStates({ include, exclude }: Choice<State>): Set<State> {
  const all: readonly State[] = include.length > 0 ? include : ["working", "waiting", "idle", "ended"];
  return new Set(all.filter((state) => !exclude.includes(state)));
}

/** The sessions of a state by row number; where most are wanted, those that are not. */
export function stateRows(
  db: Database,
  choice: Choice<State>,
  now: number,
): { readonly rows: number[]; readonly isWanted: boolean } {
  const live = liveByState(db, now);
  const wanted = wantedStates(choice);
  // Ended sessions are too many to name: then the unwanted ones are.
  const isWanted = !wanted.has("ended");
  const named = (["working", "waiting", "idle"] as const).filter((state) => wanted.has(state) === isWanted);
  return { rows: named.flatMap((state) => live[state]), isWanted };
}

/** Row numbers of the sessions that have one of these tags at least. */
export function taggedRows(db: Database, tags: readonly string[]): number[] {
  const values = "(SELECT value FROM json_each(?))";
  const rows = db
    .query<unknown, [string]>(`SELECT s.id FROM sessions s INDEXED BY sessions_tagged WHERE ${tagged(values)}`)
    .values(JSON.stringify(tags));
  return (rows as [number][]).map(([id]) => id);
}
