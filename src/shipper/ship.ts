/** One piece of a source to the server, and what came of it. The only sender of bytes. */
import type { FaultCode } from "../domain/fault.ts";
import { retryAfterMs } from "../lib/retry.ts";
import type { SourceRow } from "./spool.ts";
import { isLoopback } from "./token.ts";

/** Where to, and as whom. */
export type Target = {
  /** Of the server, without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
  /** Longest wait for an answer, ms. */
  readonly timeout: number;
};

export type Outcome =
  /**
   * The server has the bytes on its disk, and all before `through`. Counts are of what it derived with them: 0 while
   * deriving lags.
   */
  | {
      readonly kind: "accepted";
      readonly through: number;
      readonly events: number;
      readonly derived: boolean;
      readonly discarded: boolean;
    }
  /** Not now: out of reach, overloaded, asked to wait. No attempt is counted. `retryAfter` in ms. */
  | { readonly kind: "later"; readonly reason: string; readonly retryAfter: number | null; readonly answered: boolean }
  /** The token is not good (any more): sending stops, nothing is lost. */
  | { readonly kind: "paused"; readonly reason: string }
  /** The server knows better where to go on. */
  | { readonly kind: "resync"; readonly generation: number; readonly through: number }
  /** The server will not take this. `limit`: it would take so many bytes. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string; readonly limit: number | null };

/** Sends `bytes`, which stand at the row's `acked`. Aborting gives `later`. Never throws. */
export async function sendPiece(
  target: Target,
  row: SourceRow,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { url, encoding } = { url: ingestUrl(target.url, row), encoding: encode(target.url, bytes) };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...authorization(target.token), "Content-Type": "application/x-ndjson", ...encoding.headers },
      body: encoding.body,
      // A redirect would carry the token to somebody else.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(target.timeout)]),
    });
    return await outcomeOf(response, row, row.acked + bytes.length);
  } catch (error) {
    return { kind: "later", reason: reasonOf(error), retryAfter: null, answered: false };
  }
}

/** The header that shows the token; none without one. */
export function authorization(token: string | null): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** An error of fetch in a few words: its code, without the URL. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const code = "code" in error ? String(error.code) : "";
  return /^[A-Za-z_]+$/.test(code) ? code : error.message;
}

function ingestUrl(base: string, row: SourceRow): string {
  const query = new URLSearchParams({
    provider: row.provider,
    path: row.path,
    generation: String(row.generation),
    offset: String(row.acked),
    unit: row.unit,
  });
  if (row.unit === "file") query.set("size", String(row.size));
  return `${base}/api/agents/ingest?${query}`;
}

type Encoded = { readonly body: Uint8Array<ArrayBuffer>; readonly headers: Record<string, string> };

/** gzip, except to this machine itself, where it costs more than it saves. */
function encode(url: string, bytes: Uint8Array<ArrayBuffer>): Encoded {
  if (bytes.length < 512 || isLoopback(url)) return { body: bytes, headers: {} };
  return { body: Bun.gzipSync(bytes, { level: 4 }), headers: { "Content-Encoding": "gzip" } };
}

/** Codes of a 4xx that say "you, later" rather than "never". */
const LATER = new Set([404, 405, 408, 425, 429]);

async function outcomeOf(response: Response, row: SourceRow, end: number): Promise<Outcome> {
  const body = await bodyOf(response);
  const { status } = response;
  if (status === 200) return accepted(body, end);
  const code = codeIn(body) ?? `http_${status}`;
  if (status === 409) return resync(body, code, row);
  if (status === 401 || status === 403) return { kind: "paused", reason: code };
  if (status >= 500 || status < 400 || LATER.has(status)) {
    const retryAfter = retryAfterMs(response.headers.get("Retry-After"), Date.now());
    return { kind: "later", reason: code, retryAfter, answered: true };
  }
  return {
    kind: "refused",
    code,
    message: messageIn(body),
    limit: status === 413 ? (numberIn(body, "limit") ?? 0) : null,
  };
}

/** Only an answer that names how far the server has come is one: a proxy's page or an empty 200 is not. */
function accepted(body: Body, end: number): Outcome {
  const through = numberIn(body, "through");
  if (through === null || through < end)
    return { kind: "later", reason: "an answer that is not Longhouse's", retryAfter: null, answered: true };
  const events = numberIn(body, "events_inserted") ?? 0;
  const seen = events + (numberIn(body, "events_skipped") ?? 0);
  return { kind: "accepted", through, events, derived: seen > 0, discarded: body["discarded"] === true };
}

function resync(body: Body, code: string, row: SourceRow): Outcome {
  const through = numberIn(body, "through");
  const known: readonly FaultCode[] = ["offset_gap", "diverged"];
  if (through === null || !known.some((one) => one === code))
    return { kind: "refused", code, message: messageIn(body), limit: null };
  return { kind: "resync", generation: numberIn(body, "generation") ?? row.generation, through };
}

type Body = Readonly<Record<string, unknown>>;

/** The JSON object of an answer; an empty one for anything else. */
async function bodyOf(response: Response): Promise<Body> {
  const text = await response.text();
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Body) : {};
  } catch {
    return {};
  }
}

function numberIn(body: Body, key: string): number | null {
  const value = body[key];
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function errorIn(body: Body): Body {
  return (body["error"] ?? {}) as Body;
}

function codeIn(body: Body): string | null {
  const { code } = errorIn(body);
  return typeof code === "string" ? code : null;
}

function messageIn(body: Body): string {
  const { message } = errorIn(body);
  return typeof message === "string" ? message : "";
}
