/** `get_session_detail`: what was said and done in one session, page by page. */
import * as z from "zod";
import { type Event, ROLES } from "../domain/event.ts";
import type { Session } from "../domain/session.ts";
import { ANSWER_MAX, DATA_NOTE, framed, short } from "./frame.ts";
import { sessionText } from "./sessions.ts";
import { clamped, type Tool, withQuery } from "./tool.ts";

const EVENT_MAX = 4000;

const input = {
  session_id: z.uuid().describe("As search_sessions gives it"),
  around: z.string().max(64).optional().describe("The event to read around, as search_sessions gives it"),
  after: z.string().max(64).optional().describe("Goes on after this event"),
  roles: z.array(z.enum(ROLES)).max(ROLES.length).optional().describe("Only these"),
  limit: clamped({ min: 1, max: 200, fallback: 50 }),
};

type Page = { readonly events: readonly Event[]; readonly next: string | null; readonly total: number };

export const getSessionDetail: Tool<typeof input> = {
  name: "get_session_detail",
  title: "Read a session",
  description:
    "Reads one archived session: its facts and its events (prompts, replies, tool calls with their results) in order, from the " +
    "beginning, after an event, or around one. Long texts are cut; ask for fewer events to see more of each.",
  input,
  writes: false,
  async run({ session_id, around, after, roles, limit }, { ask, site }) {
    const path = `/api/agents/sessions/${session_id}`;
    const session = (await ask("GET", path)) as Session;
    const page = { around, after: around === undefined ? after : undefined, roles: roles?.join(","), limit };
    const { events, total } = (await ask("GET", withQuery(`${path}/events`, page))) as Page;
    const { shown, last } = fitting(events);
    const more = last !== null && last !== events.at(-1)?.id ? last : (events.at(-1)?.id ?? null);
    const rest =
      events.length === 0
        ? "There are no more events."
        : `${total} events in all. Go on with after: ${JSON.stringify(more)}`;
    return [DATA_NOTE, sessionText(session, site), ...shown, rest].join("\n\n");
  },
};

/** So many as fit into one answer; `last` = the id of the last that did. */
function fitting(events: readonly Event[]): { readonly shown: string[]; readonly last: string | null } {
  const each = Math.max(500, Math.min(EVENT_MAX, Math.floor(ANSWER_MAX / Math.max(1, events.length))));
  const shown: string[] = [];
  let [left, last] = [ANSWER_MAX, null as string | null];
  for (const event of events) {
    const text = eventText(event, each);
    if (text.length > left && shown.length > 0) break;
    shown.push(text);
    left -= text.length;
    last = event.id;
  }
  return { shown, last };
}

function eventText(event: Event, max: number): string {
  const { id, kind, at, tool_name, tool_input_json, tool_output_text, content_text, is_error } = event;
  const input = tool_input_json === null ? null : JSON.stringify(tool_input_json);
  const text = [content_text, input, tool_output_text].filter(Boolean).join("\n");
  const from = [`event ${id}`, kind, tool_name, at, is_error ? "failed" : null].filter(Boolean).join(", ");
  return framed(short(text, max), from);
}
