import { ROLE_OF, type Event, type Kind } from "../../src/domain/event.ts";

let made = 0;

/** An event as the API gives it, of which only what a test says matters. */
export function anEvent(kind: Kind, own: Partial<Event> = {}): Event {
  return {
    id: `event${String(++made).padStart(7, "0")}`,
    role: ROLE_OF[kind],
    kind,
    at: null,
    content_text: null,
    tool_name: null,
    tool_call_id: null,
    tool_input_json: null,
    tool_output_text: null,
    tool_kind: null,
    is_error: false,
    exit_code: null,
    duration_ms: null,
    paths: [],
    patch: null,
    model: null,
    tokens: null,
    images: [],
    flags: [],
    truncated: false,
    ...own,
  };
}

/** A call and its result. */
export function aStep(own: Partial<Event> = {}, result: Partial<Event> = {}): [call: Event, result: Event] {
  const id = `call${++made}`;
  return [
    anEvent("tool_call", { tool_call_id: id, tool_kind: "shell", ...own }),
    anEvent("tool_result", { tool_call_id: id, tool_kind: own.tool_kind ?? "shell", ...result }),
  ];
}
