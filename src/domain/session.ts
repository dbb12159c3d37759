/** Sessions as the API gives them (API.md section 4). */
import type { Role, Kind, Tokens } from "./event.ts";

export const STATES = ["working", "waiting", "idle", "ended"] as const;
export type State = (typeof STATES)[number];

export const SESSION_KINDS = ["main", "subagent", "internal", "run", "conversation"] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/** What the agent does now: the tool that has no result yet, its target (a path, a command's head) and since when (ISO). */
export type Current = { readonly tool: string; readonly target: string | null; readonly since: string };

export type Session = {
  readonly id: string;
  readonly provider: string;
  readonly provider_session_id: string;
  readonly device_id: string;
  readonly project: string | null;
  readonly cwd: string | null;
  readonly git_repo: string | null;
  readonly git_branch: string | null;
  readonly title: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly last_event_at: string | null;
  readonly state: State;
  readonly current: Current | null;
  readonly waiting_for: string | null;
  readonly user_messages: number;
  readonly assistant_messages: number;
  readonly tool_calls: number;
  readonly errors: number;
  readonly models: readonly string[];
  readonly tokens: Tokens;
  /** US dollars; null = no price known for any of its models. */
  readonly cost_usd: number | null;
  readonly parent_session_id: string | null;
  readonly fork_of: string | null;
  readonly kind: SessionKind;
  readonly subagents: number;
  readonly has_changes: boolean;
  readonly demo: boolean;
  readonly environment: string;
  readonly tags: readonly string[];
  readonly pinned: boolean;
  readonly note: string | null;
  readonly unread: boolean;
  readonly version: number;
};

/** A passage of a hit: plain text, ranges in UTF-16 units; never HTML. */
export type Match = {
  readonly event_id: string;
  readonly role: Role;
  readonly kind: Kind;
  readonly tool_name: string | null;
  readonly at: string | null;
  readonly snippet: string;
  readonly ranges: readonly (readonly [start: number, length: number])[];
  /** Found by what it means: it may hold none of the words. */
  readonly by_meaning?: true;
};

export const TIERS = ["exact", "words", "spelling", "any", "semantic"] as const;
export type Tier = (typeof TIERS)[number];

/** How one piece of a query was understood; shown as a chip. `means`: the time that a date was read as, ISO. */
export type Understood = {
  readonly text: string;
  readonly as: "word" | "phrase" | "prefix" | "filter" | "or" | "and" | "group" | "ignored";
  readonly field?: string;
  readonly negated?: boolean;
  readonly means?: string;
};

export type SessionHit = Session & {
  readonly match?: Match;
  readonly matches?: readonly Match[];
  readonly match_count?: number;
};

/** GET /api/agents/sessions. `tier`, `partial`, `took_ms`, `understood` only with a query. */
export type SessionList = {
  readonly sessions: readonly SessionHit[];
  readonly next: string | null;
  readonly tier?: Tier;
  readonly partial?: boolean;
  /** The walk ended before the oldest events: `thorough=1` looks for the best of all time. */
  readonly cut?: boolean;
  /** `offered`: `semantic=1` would ask by meaning too; `used`: it was. Absent: that is not set up, or was not to be had. */
  readonly meaning?: "offered" | "used";
  readonly took_ms?: number;
  readonly understood?: readonly Understood[];
};
