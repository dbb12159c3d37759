/** Sessions: lists, one, what is the user's own of it, deleting, export. */
import type { Session, SessionList } from "../../src/domain/session.ts";
import type { Source } from "../../src/domain/source.ts";
import { call, search } from "./call.ts";

/** Values of a repeatable filter are joined by comma (or); a leading `-` means not. Times are ISO 8601. */
export type SessionQuery = {
  readonly query?: string;
  /** The time zone whose days a query's dates are, an IANA name. */
  readonly tz?: string;
  readonly provider?: string;
  readonly project?: string;
  readonly device_id?: string;
  readonly branch?: string;
  readonly model?: string;
  readonly tag?: string;
  readonly state?: string;
  readonly pinned?: boolean;
  readonly unread?: boolean;
  /** error, image, changes. */
  readonly has?: string;
  readonly since?: string;
  readonly until?: string;
  readonly environment?: string;
  readonly parent_session_id?: string;
  readonly ids?: string;
  readonly include_subagents?: 0 | 1;
  readonly sort?: "recent" | "relevance";
  readonly limit?: number;
  readonly cursor?: string;
  readonly passages?: number;
  /** 1 = the best of all time, however long that takes (a second at most). */
  readonly thorough?: 1;
  /** 1 = by what is meant too, where that is set up. */
  readonly semantic?: 1;
};

export type SessionDetail = Session & {
  readonly children: readonly Session[];
  readonly sources: readonly Source[];
  /** Ids of sessions that repeat this one's history. */
  readonly copies: readonly string[];
};

export type SessionPatch = {
  readonly title?: string;
  readonly note?: string;
  readonly tags?: readonly string[];
  /** Put in and taken out of what is there, so that others' tags stay. */
  readonly add_tags?: readonly string[];
  readonly remove_tags?: readonly string[];
  readonly pinned?: boolean;
  /** Id of the last event that was read; `end` = all there is, null = unread again. */
  readonly read_through?: string | null;
};

export type Counted = { readonly value: string; readonly count: number };

export type Filters = {
  readonly providers: readonly Counted[];
  readonly projects: readonly Counted[];
  readonly devices: readonly Counted[];
  readonly branches?: readonly Counted[];
  readonly tags: readonly Counted[];
  readonly months: readonly Counted[];
  readonly partial?: boolean;
};

export type ExportFormat = "jsonl" | "md" | "html" | "json";
const SESSIONS = "/api/agents/sessions";

/** Lists or searches sessions, newest (or best) first; `next` goes into the next call's `cursor`. */
export const listSessions = (query: SessionQuery, signal?: AbortSignal): Promise<SessionList> =>
  call(SESSIONS + search(query), { signal });

/** Counts per provider, project, device, tag and month of what a query finds; `partial`: of what was walked in time. */
export const listFacets = (query: SessionQuery, signal?: AbortSignal): Promise<Filters> =>
  call("/api/agents/facets" + search(query), { signal });

/** Counts per provider, project, device, tag and month under the same filters, without a query. */
export const listFilters = (query: SessionQuery, signal?: AbortSignal): Promise<Filters> =>
  call("/api/agents/filters" + search(query), { signal });

export const getSession = (id: string, signal?: AbortSignal): Promise<SessionDetail> =>
  call(sessionPath(id), { signal });

/** Changes what is the user's own. With `version`, a 409 `stale` fault when someone else was quicker. */
export const patchSession = (id: string, patch: SessionPatch, version?: number): Promise<Session> =>
  call(sessionPath(id), {
    method: "PATCH",
    body: patch,
    ...(version === undefined ? {} : { ifMatch: String(version) }),
  });

/** Changes many at once, all or none. */
export const patchSessions = (
  ids: readonly string[],
  patch: SessionPatch,
): Promise<{ readonly sessions: readonly Session[] }> => call(SESSIONS, { method: "PATCH", body: { ids, ...patch } });

export type Deleted = { readonly deleted: readonly string[]; readonly copies: readonly string[] };

/** Deletes many for good, with their sub-agents; `leaving` = sent though the page is on its way out. */
export const deleteSessions = (ids: readonly string[], leaving = false): Promise<Deleted> =>
  call(SESSIONS, { method: "DELETE", body: { ids }, leaving });

/** Lets a deleted session come back from the machines that still have its files. */
export const undeleteSession = (id: string): Promise<void> => call(`${sessionPath(id)}/undelete`, { method: "POST" });

/** Deletes for good, with the sub-agents; `copies` also the sessions that repeat its history. */
export const deleteSession = (id: string, copies = false): Promise<void> =>
  call(sessionPath(id) + (copies ? "?with=copies" : ""), { method: "DELETE" });

export const exportUrl = (id: string, format: ExportFormat): string => `${sessionPath(id)}/export?format=${format}`;

/** Where a session is. */
export const sessionPath = (id: string): string => `${SESSIONS}/${encodeURIComponent(id)}`;
