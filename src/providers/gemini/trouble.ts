/** What a failed turn of Gemini CLI's was about. */
import type { Outcome } from "../../domain/turn.ts";
import { lastWords, oneLine, signalled } from "../turn.ts";

/** From the message of its error. */
export function troubleOf(message: string): Outcome {
  return { kind: kindOf(message), message: oneLine(said(message)) || "The turn failed." };
}

/** Of a program that ended without a word about its turn: what it writes to standard error is all there is. */
export function lostOutcome(code: number | null, errors: string): Outcome {
  const ended = signalled(code);
  if (ended) return ended;
  const kind = kindOf(errors);
  const told = errors.split("\n").find((line) => kindOf(line) === kind && kind !== "error");
  if (told !== undefined) return { kind, message: oneLine(told) };
  return { kind: "lost", message: lastWords(errors) || `It ended without a result (exit code ${code ?? "unknown"}).` };
}

function kindOf(text: string): Outcome["kind"] {
  if (/Invalid session identifier|No previous sessions/i.test(text)) return "no_session";
  if (
    /"code":\s*401|API key not valid|must specify the \w+_API_KEY|API key is missing|Please set an Auth method/i.test(
      text,
    )
  )
    return "auth";
  if (/"code":\s*429|RESOURCE_EXHAUSTED|quota/i.test(text)) return "limit";
  return "error";
}

/** The message within the JSON that the service answered with. */
function said(text: string): string {
  return /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
}
