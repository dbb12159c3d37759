/**
 * The JSON ingest form (API.md section 3): a third party's events, already parsed. Each line is one event's JSON. Such a
 * session may be of any provider's name; this module only says what the lines mean.
 */
import type { Head, Identity, Line, Parsed, Part, Provider } from "../domain/provider.ts";
import { type Json, millis, object, word } from "./json.ts";
import { mend } from "./mend.ts";
import { titleOf } from "./title.ts";
import { toolKind } from "./tool-kind.ts";

type EventState = { titled: boolean; started: boolean };

/** Sources named `event:SESSION`. */
export const event: Provider<EventState> = {
  name: "event",
  label: "Event",
  mark: "E",
  version: 2,
  roots: () => [],
  identify,
  start: () => ({ titled: false, started: false }),
  parse,
  price: () => null,
};

const PREFIX = "event:";

function identify(head: Head): Identity {
  const id = head.path.startsWith(PREFIX) ? head.path.slice(PREFIX.length) : "";
  return id === "" ? { kind: "none" } : { kind: "session", session: { id, agent: "" } };
}

function parse(line: Line, state: EventState | null): Parsed {
  const record = object(line.oversize ? mend(line.text) : line.value);
  if (!record) return { parts: [] };
  const at = millis(record.timestamp);
  const parts = partsOf(record, at);
  if (!state) return { parts };
  const title = titleFrom(parts, state);
  const startedAt = state.started ? undefined : at;
  state.started ||= at !== undefined;
  if (title === undefined && startedAt === undefined) return { parts };
  return { parts, facts: { ...(title && { title }), ...(startedAt !== undefined && { startedAt }) } };
}

/** Text is at index 0, a call at 1, its result at 2: one event may hold all three. */
function partsOf(record: Json, at: number | undefined): readonly Part[] {
  const tool = word(record.tool_name);
  const call = word(record.tool_call_id);
  const output = word(record.tool_output_text);
  const result = record.role === "tool" ? (output ?? word(record.content_text)) : output;
  const parts: Part[] = [];
  const text = record.role === "tool" ? undefined : word(record.content_text);
  if (text !== undefined) parts.push({ index: 0, kind: kindOf(record.role), at, text });
  if (tool !== undefined && record.role !== "tool") {
    parts.push({
      index: 1,
      kind: "tool_call",
      at,
      call,
      tool,
      input: record.tool_input_json,
      form: form(tool, record),
    });
  }
  if (result !== undefined)
    parts.push({ index: 2, kind: "tool_result", at, call, tool, output: result, ...toolForm(tool) });
  return parts.length > 0 ? parts : [{ index: 0, kind: kindOf(record.role), at }];
}

function kindOf(role: unknown): "prompt" | "reply" | "notice" | "unknown" | "tool_result" {
  if (role === "user") return "prompt";
  if (role === "assistant") return "reply";
  if (role === "system") return "notice";
  return role === "tool" ? "tool_result" : "unknown";
}

function form(tool: string, record: Json): Part["form"] {
  const input = object(record.tool_input_json);
  const path = word(input?.file_path) ?? word(input?.path);
  return { kind: toolKind(tool), ...(path !== undefined && { paths: [path] }) };
}

function toolForm(tool: string | undefined): Pick<Part, "form"> {
  return tool === undefined ? {} : { form: { kind: toolKind(tool) } };
}

function titleFrom(parts: readonly Part[], state: EventState) {
  const text = state.titled ? undefined : parts.find((part) => part.kind === "prompt")?.text;
  const title = text === undefined ? undefined : titleOf(text);
  if (title === undefined) return undefined;
  state.titled = true;
  return { text: title, trust: "prompt" as const };
}
