/**
 * The server as typed functions, one per route the app uses (API.md sections 2, 4 and 7).
 * Every failure is a Fault: the server's own, or `unreachable` when no answer came. Aborted calls reject with AbortError.
 */
import type { ListedToken, ShownCode } from "../src/domain/device-code.ts";
import type { Event, Kind, Role } from "../src/domain/event.ts";
import { Fault, STATUS, type FaultCode, type FaultDetails } from "../src/domain/fault.ts";
import type { Session, SessionList } from "../src/domain/session.ts";
import type { Status } from "../src/domain/status.ts";
import type { Source } from "../src/domain/source.ts";

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
  readonly pinned?: boolean;
  /** Id of the last event that was read. */
  readonly read_through?: string;
};

export type Counted = { readonly value: string; readonly count: number };
export type Filters = {
  readonly providers: readonly Counted[];
  readonly projects: readonly Counted[];
  readonly devices: readonly Counted[];
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

export const getStatus = (signal?: AbortSignal): Promise<Status> => call("/api/status", { signal });
export const getAuthStatus = (signal?: AbortSignal): Promise<AuthStatus> => call("/api/auth/status", { signal });
export const getAuthMethods = (signal?: AbortSignal): Promise<AuthMethods> => call("/api/auth/methods", { signal });

/** Trades the password for the cookie; 401 when it is wrong, 429 when tried too often. */
export const logIn = (password: string): Promise<AuthStatus> =>
  call("/api/auth/password", { method: "POST", body: { password } });

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

const codePath = (code: string): string => `/api/devices/codes/${encodeURIComponent(code)}`;

/** What `listen` is told: whether the server answered, and whether it knows us. */
export type Answer = "ok" | "unreachable" | "unauthenticated";
const listeners = new Set<(answer: Answer) => void>();

/** Tells how each call went, for the frame (offline line, sign-in page). Returns the way to stop. */
export function listen(listener: (answer: Answer) => void): () => void {
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

async function call<T>(path: string, { method = "GET", body, ifMatch, signal }: Call): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (ifMatch !== undefined) headers["if-match"] = ifMatch;
  const init: RequestInit = { method, headers, ...(signal ? { signal } : {}) };
  const response = await reach(path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  if (!response.ok) throw await refusal(response);
  tell("ok");
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

function tell(answer: Answer): void {
  for (const listener of listeners) listener(answer);
}
