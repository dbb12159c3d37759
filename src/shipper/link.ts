/** What the shipper asks of the server beside sending bytes: who are you, and what have you got from us. */
import type { Heartbeat, HeartbeatReply } from "../domain/heartbeat.ts";
import type { Source, SourceList } from "../domain/source.ts";
import { retryAfterMs } from "../lib/retry.ts";
import { sourceKey, WELL } from "./row.ts";
import { authorization, reasonOf, type Target } from "./ship.ts";
import type { SourceRow } from "./spool.ts";

// Answers are checked by hand: Zod would cost this worker 6 MB, and there are two shapes.

/** The heartbeat's answer; `device_id` is the token's device, `run` another after each start, where the server says it. */
export type Welcome = HeartbeatReply & { readonly device_id?: string; readonly run?: string };

export type Greeting =
  | { readonly kind: "welcome"; readonly welcome: Welcome }
  | { readonly kind: "later"; readonly reason: string; readonly retryAfter: number | null }
  | { readonly kind: "paused"; readonly reason: string };

/** Says what stands here and learns which archive it is. Never throws. */
export async function greet(target: Target, heartbeat: Heartbeat, signal: AbortSignal): Promise<Greeting> {
  try {
    const response = await fetch(`${target.url}/api/agents/heartbeat`, {
      method: "POST",
      headers: { ...authorization(target.token), "Content-Type": "application/json" },
      body: JSON.stringify(heartbeat),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(target.timeout)]),
    });
    if (response.status === 401 || response.status === 403) return { kind: "paused", reason: `${response.status}` };
    const body: unknown = await response.json().catch(() => null);
    const welcome = response.ok ? welcomeIn(body) : null;
    if (welcome) return { kind: "welcome", welcome };
    const retryAfter = retryAfterMs(response.headers.get("Retry-After"), Date.now());
    const reason = response.ok ? "an answer that is not Longhouse's" : `http_${response.status}`;
    return { kind: "later", reason, retryAfter };
  } catch (error) {
    return { kind: "later", reason: reasonOf(error), retryAfter: null };
  }
}

function welcomeIn(body: unknown): Welcome | null {
  const answer = (body ?? {}) as Partial<Welcome>;
  const whole = typeof answer.archive_id === "string" && Number.isInteger(answer.epoch);
  return whole ? ({ interval_s: 30, resend: [], ...answer } as Welcome) : null;
}

/** All sources that the server has of `device`. Throws when they cannot be listed. */
export async function listSources(target: Target, device: string, signal: AbortSignal): Promise<readonly Source[]> {
  const all: Source[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query = new URLSearchParams({ device_id: device, limit: "1000", ...(cursor && { cursor }) });
    const response = await fetch(`${target.url}/api/agents/sources?${query}`, {
      headers: authorization(target.token),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(target.timeout)]),
    });
    if (!response.ok) throw new Error(`GET /api/agents/sources: ${response.status}`);
    const page = (await response.json()) as SourceList;
    if (!Array.isArray(page.sources)) throw new Error("GET /api/agents/sources: an answer that is not Longhouse's");
    // A server that does not know the filter would give other machines' files.
    all.push(...page.sources.filter((source) => source.device_id === device));
    cursor = page.next ?? null;
  }
  return all;
}

/** Of each path its newest generation, by `sourceKey`. */
export function newestOf(listed: readonly Source[]): ReadonlyMap<string, Source> {
  const newest = new Map<string, Source>();
  for (const source of listed)
    if ((newest.get(sourceKey(source))?.generation ?? -1) < source.generation) newest.set(sourceKey(source), source);
  return newest;
}

/**
 * What is to be remembered of them: of each path its newest generation. What the server can prove (`sha256`) is compared
 * with the file and not sent again; the rest is, and the server compares.
 */
export function rowsOf(listed: readonly Source[]): readonly SourceRow[] {
  return [...newestOf(listed.filter(({ unit }) => unit !== "query")).values()].map(
    ({ provider, path, unit, generation, through, sha256 }) => {
      const acked = sha256 ? through : 0;
      const seen = { inode: 0, size: acked, mtime: 0, head: "", headLength: 0, tail: "" };
      const claim = acked > 0 ? sha256! : "";
      return { provider, path, unit, generation, ...seen, acked, claim, refusals: 0, ...WELL };
    },
  );
}
