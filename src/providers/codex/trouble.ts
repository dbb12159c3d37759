/** What a failed turn of Codex's was about. */
import type { Outcome } from "../../domain/turn.ts";
import { count, type Json, object, word } from "../json.ts";
import { message, oneLine } from "../turn.ts";

/** From its message, and from the code that stands beside it where the protocol has one. */
export function troubleOf(text: string, error: Json | null = null): Outcome {
  const info = error?.codexErrorInfo;
  const status = count(object(Object.values(object(info) ?? {})[0])?.httpStatusCode);
  const kind = kindOf(text, info, status);
  const resetsAt = kind === "limit" ? resetAt(text) : undefined;
  const message = oneLine(words(text)) || "The turn failed.";
  return { kind, message, ...(resetsAt !== undefined && { resetsAt }) };
}

function kindOf(message: string, info: unknown, status: number): Outcome["kind"] {
  if (info === "unauthorized" || status === 401 || /\b401\b|Missing environment variable|not logged in/i.test(message))
    return "auth";
  if (info === "usageLimitExceeded" || info === "rateLimitExceeded" || status === 429) return "limit";
  if (/\b429\b|usage limit/i.test(message)) return "limit";
  if (/no rollout found/i.test(message)) return "no_session";
  return "error";
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const AT = /try again at (?:([A-Z][a-z]{2}) (\d{1,2})(?:st|nd|rd|th), (\d{4}) )?(\d{1,2}):(\d{2}) ([AP])M/;

/** When a limit is lifted, ms UTC: it says so in the clock of this machine, without a date when it is today. */
export function resetAt(text: string, today = new Date()): number | undefined {
  const [said, month, day, year, hours, minutes, half] = AT.exec(text) ?? [];
  if (said === undefined) return undefined;
  const hour = (Number(hours) % 12) + (half === "P" ? 12 : 0);
  const date = [today.getFullYear(), today.getMonth(), today.getDate()] as const;
  const [y, m, d] = month === undefined ? date : ([Number(year), MONTHS.indexOf(month), Number(day)] as const);
  return m < 0 ? undefined : new Date(y, m, d, hour, Number(minutes)).getTime();
}

/** Of a report on its limits: when the last of those that are used up is lifted, ms UTC. */
export function resetOf(limits: Json | null): number | undefined {
  const full = [object(limits?.primary), object(limits?.secondary)].filter((one) => count(one?.usedPercent) >= 100);
  const latest = Math.max(...full.map((one) => count(one?.resetsAt)));
  return latest > 0 ? latest * 1000 : undefined;
}

/** The message within the JSON that the service answered with. */
function words(text: string): string {
  const body = message(text);
  return word(object(body?.error)?.message) ?? word(body?.message) ?? text;
}
