/**
 * How the app calls the server (API.md sections 2, 4 and 7); each subject's routes stand in a file beside this one.
 * Every failure is a Fault: the server's own, or `unreachable` when no answer came. Aborted calls reject with AbortError.
 */
import { Fault, type FaultCode, type FaultDetails, STATUS } from "../../src/domain/fault.ts";
import { takeEarly } from "../early.ts";
import { lookAgainAfter } from "../live.ts";

type Value = string | number | boolean | readonly string[] | undefined;

type Call = {
  readonly method?: string;
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly leaving?: boolean;
  readonly signal?: AbortSignal | undefined;
};

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

/** A file of ours as text. */
export async function fetchText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await reach(path, signal ? { signal } : {});
  if (!response.ok) throw await refusal(response);
  return response.text();
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await ((init.method === "GET" && early(path)) || fetch(path, init));
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

/** The answer that the page asked for before this code was there. */
function early(path: string): Promise<Response> | undefined {
  const found = takeEarly(path);
  if (found) lookAgainAfter(found);
  return found?.answer;
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
