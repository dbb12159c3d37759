/** What the readable exports say of an event, whichever way they mark it up. */
import type { Event, Kind } from "../../domain/event.ts";
import type { Session } from "../../domain/session.ts";

const NAMES: Readonly<Record<Kind, string>> = {
  prompt: "User",
  reply: "Assistant",
  thinking: "Thinking",
  tool_call: "Tool call",
  tool_result: "Tool result",
  notice: "Notice",
  compaction: "Compaction",
  unknown: "Record",
};

/** One line: who or what it is, its tool, and what is special about it. */
export function headingOf(event: Event): string {
  const tool = event.tool_name === null ? "" : `: ${oneLine(event.tool_name)}`;
  const marks = [...event.flags, ...(event.is_error ? ["error"] : [])];
  return `${NAMES[event.kind]}${tool}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}`;
}

/** The texts of an event, in order. `prose` was written for people, `code` is shown as it is. */
export function textsOf(event: Event): { readonly kind: "prose" | "code"; readonly text: string }[] {
  const input = event.tool_input_json;
  const call = input === null ? null : typeof input === "string" ? input : JSON.stringify(input, null, 2);
  return [
    { kind: "prose" as const, text: event.content_text },
    { kind: "code" as const, text: call },
    { kind: "code" as const, text: event.tool_output_text },
    { kind: "code" as const, text: event.patch },
  ].flatMap(({ kind, text }) => (text === null || text.trim() === "" ? [] : [{ kind, text }]));
}

/** Name and value of what is known of the session. */
export function factsOf(session: Session): [name: string, value: string][] {
  const { input, output, cache_read, cache_write } = session.tokens;
  const known: [string, string | null][] = [
    ["Agent", session.provider],
    ["Session", session.provider_session_id],
    ["Project", session.project],
    ["Folder", session.cwd],
    ["Branch", session.git_branch],
    ["Device", session.device_id],
    ["Started", session.started_at],
    ["Last event", session.last_event_at],
    ["Models", session.models.join(", ") || null],
    ["Tokens", `${input} in, ${output} out, ${cache_read} read from and ${cache_write} written to cache`],
    ["Tags", session.tags.join(", ") || null],
    ["Note", session.note],
  ];
  return known.flatMap(([name, value]) => (value === null ? [] : [[name, oneLine(value)]]));
}

/** The text without line breaks and control characters. */
export const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ").trim();
