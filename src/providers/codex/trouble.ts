/** What a failed turn of Codex's was about. */
import type { Outcome } from "../../domain/turn.ts";
import { count, type Json, object, word } from "../json.ts";
import { message, oneLine } from "../turn.ts";

/** From its message, and from the code that stands beside it where the protocol has one. */
export function troubleOf(text: string, error: Json | null = null): Outcome {
  const info = error?.codexErrorInfo;
  const status = count(object(Object.values(object(info) ?? {})[0])?.httpStatusCode);
  return { kind: kindOf(text, info, status), message: oneLine(words(text)) || "The turn failed." };
}

function kindOf(message: string, info: unknown, status: number): Outcome["kind"] {
  if (info === "unauthorized" || status === 401 || /\b401\b|Missing environment variable|not logged in/i.test(message))
    return "auth";
  if (info === "usageLimitExceeded" || info === "rateLimitExceeded" || status === 429) return "limit";
  if (/\b429\b|usage limit/i.test(message)) return "limit";
  if (/no rollout found/i.test(message)) return "no_session";
  return "error";
}

/** The message within the JSON that the service answered with. */
function words(text: string): string {
  const body = message(text);
  return word(object(body?.error)?.message) ?? word(body?.message) ?? text;
}
