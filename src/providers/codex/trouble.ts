/** What a failed turn of Codex's was about. */
import type { Outcome } from "../../domain/turn.ts";
import { count, type Json, object } from "../json.ts";
import { oneLine } from "../turn.ts";

/** From its message, and from the code that stands beside it where the protocol has one. */
export function troubleOf(message: string, error: Json | null = null): Outcome {
  const info = error?.codexErrorInfo;
  const status = count(object(Object.values(object(info) ?? {})[0])?.httpStatusCode);
  return { kind: kindOf(message, info, status), message: oneLine(message) || "The turn failed." };
}

function kindOf(message: string, info: unknown, status: number): Outcome["kind"] {
  if (info === "unauthorized" || status === 401 || /\b401\b|Missing environment variable|not logged in/i.test(message))
    return "auth";
  if (info === "usageLimitExceeded" || info === "rateLimitExceeded" || status === 429) return "limit";
  if (/\b429\b|usage limit/i.test(message)) return "limit";
  if (/no rollout found/i.test(message)) return "no_session";
  return "error";
}
