/**
 * The server as typed functions, one per route the app uses (API.md sections 2, 4 and 7).
 * Every failure is a Fault: the server's own, or `unreachable` when no answer came. Aborted calls reject with AbortError.
 */
import type { Activity } from "../src/domain/activity.ts";
import type { ChangedFiles } from "../src/domain/changed-file.ts";
import type { ListedToken, ShownCode } from "../src/domain/device-code.ts";
import type { Event, Kind, Role } from "../src/domain/event.ts";
import { Fault, STATUS, type FaultCode, type FaultDetails } from "../src/domain/fault.ts";
import type { Memory, MemoryVersion, Notice } from "../src/domain/memory.ts";
import type { Insights } from "../src/domain/insights.ts";
import type { Session, SessionList } from "../src/domain/session.ts";
import type { Settings } from "../src/domain/settings.ts";
import type { Status } from "../src/domain/status.ts";
import type { Source } from "../src/domain/source.ts";
import type { UsageReport } from "../src/domain/usage.ts";
import type { SavedView } from "../src/domain/view.ts";

/** Values of a repeatable filter are joined by comma (or); a leading `-` means not. Times are ISO 8601. */
export type SessionQuery = {
  readonly query?: string;
  /** The time zone whose days a query's dates are, an IANA name. */
  readonly tz?: string;
  readonly provider?: string;
  readonly project?: string;
  readonly device_id?: string;
  readonly branch?: string;
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
};

export type SessionDetail = Session & {
  readonly children: readonly Session[];
  readonly sources: readonly Source[];
  /** Ids of sessions that repeat this one's history. */
  readonly copies: readonly string[];
};

/** `prev` goes into `before`, `next` into `after`; null at the ends. */
export type EventPage = {
  readonly events: readonly Event[];
  readonly next: string | null;
  readonly prev: string | null;
  readonly total: number;
};

export type EventQuery = {
  readonly after?: string;
  readonly before?: string;
  readonly around?: string;
  readonly limit?: number;
  readonly roles?: readonly Role[];
  readonly kinds?: readonly Kind[];
  readonly fields?: "preview";
};

export type FoundEvents = { readonly ids: readonly string[]; readonly next: string | null };

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

export type AuthStatus = {
  readonly authenticated: boolean;
  readonly method: string | null;
  readonly expires_at: string | null;
};
export type AuthMethods = { readonly password: boolean; readonly google: boolean; readonly sso: boolean };
export type ExportFormat = "jsonl" | "md" | "html" | "json";

type Value = string | number | boolean | readonly string[] | undefined;
type Call = {
  readonly method?: string;
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly leaving?: boolean;
  readonly signal?: AbortSignal | undefined;
};

const SESSIONS = "/api/agents/sessions";

/** Lists or searches sessions, newest (or best) first; `next` goes into the next call's `cursor`. */
export const listSessions = (query: SessionQuery, signal?: AbortSignal): Promise<SessionList> =>
  call(SESSIONS + search(query), { signal });

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

/** A page of events from the start, or after, before or around an event id. */
export const listEvents = (id: string, query: EventQuery, signal?: AbortSignal): Promise<EventPage> =>
  call(`${sessionPath(id)}/events${search(query)}`, { signal });

/** Ids of the events that hold the words, unloaded ones included, in session order; `next` goes into `after`. */
export const findEvents = (id: string, query: string, after?: string, signal?: AbortSignal): Promise<FoundEvents> =>
  call(`${sessionPath(id)}/events${search({ query, after, limit: 1000 })}`, { signal });

/** One event whole: texts that a page had cut (`truncated`). */
export const getEvent = (id: string, event: string, signal?: AbortSignal): Promise<Event> =>
  call(`${sessionPath(id)}/events/${encodeURIComponent(event)}`, { signal });

/** Where a part's bytes (an image) are. */
export const partUrl = (id: string, event: string, part: number): string =>
  `${sessionPath(id)}/events/${encodeURIComponent(event)}/parts/${part}`;

export const exportUrl = (id: string, format: ExportFormat): string => `${sessionPath(id)}/export?format=${format}`;

/** A file of ours as text. */
export async function fetchText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await reach(path, signal ? { signal } : {});
  if (!response.ok) throw await refusal(response);
  return response.text();
}

/** The files a session changed, each with what is left of its edits. */
export const listChangedFiles = (id: string, signal?: AbortSignal): Promise<ChangedFiles> =>
  call(`${sessionPath(id)}/files`, { signal });

/** How much happened where in a session, in as many even stretches as asked. */
export const getActivity = (id: string, buckets: number, signal?: AbortSignal): Promise<Activity> =>
  call(`${sessionPath(id)}/activity${search({ buckets })}`, { signal });

/** `since`, `until`: days of the time zone `tz`, both included; absent = open. */
export type UsageQuery = { readonly tz: string; readonly since?: string; readonly until?: string };

/** Everything that was used in a range of time, added up in every way. */
export const getInsights = (query: UsageQuery, signal?: AbortSignal): Promise<Insights> =>
  call("/api/agents/insights" + search(query), { signal });

/** What was used, by day. */
export const getUsageByDay = (query: UsageQuery, signal?: AbortSignal): Promise<UsageReport> =>
  call("/api/agents/usage" + search({ ...query, by: "day" }), { signal });

export const getStatus = (signal?: AbortSignal): Promise<Status> => call("/api/status", { signal });
export const getAuthStatus = (signal?: AbortSignal): Promise<AuthStatus> => call("/api/auth/status", { signal });
export const getAuthMethods = (signal?: AbortSignal): Promise<AuthMethods> => call("/api/auth/methods", { signal });

/** Trades the password for the cookie; 401 when it is wrong, 429 when tried too often. */
export const logIn = (password: string): Promise<AuthStatus> =>
  call("/api/auth/password", { method: "POST", body: { password } });

/** Ends this browser's sign-in. */
export const logOut = (): Promise<void> => call("/api/auth/logout", { method: "POST" });

/** Which machine waits with the letters that a person has; 404 and 410 when none does (any more). */
export const getDeviceCode = (code: string): Promise<ShownCode> => call(codePath(code), {});

/** Lets the machine in, or not; 409 when somebody was quicker with the other answer. */
export const decideDeviceCode = (code: string, decision: "approve" | "deny"): Promise<ShownCode> =>
  call(codePath(code), { method: "PUT", body: { decision } });

/** All tokens, newest first, revoked ones too. */
export const listTokens = (): Promise<{ readonly tokens: readonly ListedToken[] }> => call("/api/devices/tokens", {});

/** Ends a token at once. */
export const revokeToken = (id: string): Promise<void> =>
  call(`/api/devices/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });

/** How the server is set up. */
export const getSettings = (signal?: AbortSignal): Promise<Settings> => call("/api/settings", { signal });

/** Puts the sample sessions in anew. */
export const addSamples = (): Promise<void> => call("/api/settings/samples", { method: "POST" });

export type MemoryPage = { readonly memory: readonly Memory[]; readonly next: string | null };

/** What is kept, in the order of the keys; `query`: its words stand in key or value. `next` goes into `cursor`. */
export const listMemory = (
  query: { readonly query?: string; readonly cursor?: string },
  signal?: AbortSignal,
): Promise<MemoryPage> => call(`/api/memory${search({ ...query, limit: 200 })}`, { signal });

export const getMemory = (key: string, signal?: AbortSignal): Promise<Memory> => call(memoryPath(key), { signal });

/** Every version that is kept of a key, newest first. */
export const getMemoryHistory = (
  key: string,
  signal?: AbortSignal,
): Promise<{ readonly versions: readonly MemoryVersion[] }> => call(`${memoryPath(key)}/history`, { signal });

/** Writes a value; `version` = the one it was changed from (0 = a new key), else a 409 `stale` fault. */
export const putMemory = (key: string, value: string, version: number): Promise<Memory> =>
  call(memoryPath(key), { method: "PUT", body: { value }, ifMatch: String(version) });

/** Deletes a key; its history stays, so that it can be undone. */
export const deleteMemory = (key: string, version: number): Promise<void> =>
  call(memoryPath(key), { method: "DELETE", ifMatch: String(version) });

/** Brings back what the key held before its last change, or in version `to`; nothing when that was "not there". */
export const undoMemory = (key: string, to?: number): Promise<Memory | undefined> =>
  call(`${memoryPath(key)}/undo`, { method: "POST", body: to === undefined ? {} : { to } });

/** What agents told the person, newest first. */
export const listNotices = (signal?: AbortSignal): Promise<{ readonly notices: readonly Notice[] }> =>
  call("/api/notices", { signal });

/** Marks all up to this id as read. */
export const readNotices = (through: number): Promise<void> =>
  call("/api/notices", { method: "PATCH", body: { read_through: through }, leaving: true });

const memoryPath = (key: string): string => `/api/memory/${encodeURIComponent(key)}`;
/** Lists that were kept, in their order. */
export const listViews = (): Promise<{ readonly views: readonly SavedView[] }> => call("/api/views", {});
export const addView = (
  view: Omit<SavedView, "id" | "position"> & { readonly position?: number },
): Promise<SavedView> => call("/api/views", { method: "POST", body: view });
export const patchView = (id: string, patch: Partial<Omit<SavedView, "id">>): Promise<SavedView> =>
  call(`/api/views/${encodeURIComponent(id)}`, { method: "PATCH", body: patch });
export const deleteView = (id: string): Promise<void> =>
  call(`/api/views/${encodeURIComponent(id)}`, { method: "DELETE" });

const codePath = (code: string): string => `/api/devices/codes/${encodeURIComponent(code)}`;

/** What `listen` is told: whether the server answered, and whether it knows us. */
export type Answer = "ok" | "unreachable" | "unauthenticated";
type Listener = (answer: Answer, keptAt?: string) => void;
const listeners = new Set<Listener>();

/**
 * Tells how each call went, for the frame (offline line, sign-in page); `keptAt` (ISO) when the browser answered with what
 * it had kept of that time, because the server did not. Returns the way to stop.
 */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether an error is only our own abort. */
export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** Any thrown thing as a Fault that can be shown. */
export const asFault = (error: unknown): Fault =>
  error instanceof Fault ? error : new Fault("internal", error instanceof Error ? error.message : String(error));

const sessionPath = (id: string): string => `${SESSIONS}/${encodeURIComponent(id)}`;

/** A query string with its `?`, without what is undefined or empty; lists are joined by comma. */
export function search(query: Readonly<Record<string, Value>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const text = Array.isArray(value) ? value.join(",") : String(value ?? "");
    if (text !== "") params.set(name, text);
  }
  return params.size === 0 ? "" : `?${params}`;
}

export async function call<T>(path: string, { method = "GET", body, ifMatch, leaving, signal }: Call): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (ifMatch !== undefined) headers["if-match"] = ifMatch;
  const init: RequestInit = { method, headers, ...(signal && { signal }), ...(leaving && { keepalive: true }) };
  const response = await reach(path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  if (!response.ok) throw await refusal(response);
  const keptAt = response.headers.get("x-seen-at");
  if (keptAt === null) tell("ok");
  else tell("unreachable", keptAt);
  // A 204 has no body; callers of those routes ask for void.
  if (response.status === 204) return undefined as T;
  // The parse boundary: the server is of the same build as this file.
  return (await json(response)) as T;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    tell("unreachable");
    throw new Fault(
      "unreachable",
      "The server does not answer",
      "Check that `longhouse serve` is running on that machine",
    );
  }
}

async function refusal(response: Response): Promise<Fault> {
  const { error, ...details } = (await json(response).catch(() => ({}))) as { error?: Partial<Fault> } & FaultDetails;
  const code = known(error?.code) ?? byStatus(response.status);
  // A wrong password is an answer to the form, not the end of a session.
  if (code === "unauthenticated" && !response.url.endsWith("/api/auth/password")) tell("unauthenticated");
  const wait = response.headers.get("retry-after");
  const more = wait === null ? details : { ...details, retry_after_s: Number(wait) };
  return new Fault(code, error?.message ?? `The server answered ${response.status}`, error?.hint, more);
}

async function json(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Fault(
      "internal",
      "The answer is not JSON",
      "Something between this page and Longhouse may have changed it",
    );
  }
}

const known = (code: string | undefined): FaultCode | null =>
  code !== undefined && code in STATUS ? (code as FaultCode) : null;

function byStatus(status: number): FaultCode {
  const found = Object.entries(STATUS).find(([, of]) => of === status);
  return found ? (found[0] as FaultCode) : "internal";
}

function tell(answer: Answer, keptAt?: string): void {
  for (const listener of listeners) listener(answer, keptAt);
}
