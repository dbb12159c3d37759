/** Records of the program itself. Most keep its own state and say nothing to a person. */
import type { Parsed, Part } from "../../domain/provider.ts";
import { type Json, list, millis, object, word } from "../json.ts";
import { joinLines } from "../text.ts";
import { type State, turnsBack } from "./state.ts";
import { failureTold, usageTold } from "./telemetry.ts";

const NOTHING: Parsed = { parts: [] };

const SILENT = new Set(
  (
    "attribution_snapshot file_history_snapshot session_source session_sources_snapshot session_model at_command turn_result " +
    "user_text_elements goal_state goal_turn_end branch_checkpoint session_artifact_event session_artifact_snapshot " +
    "omni_recall realtime_message background_task_completed"
  ).split(" "),
);

/** What a `system` record says. */
export function systemRecord(record: Json, state: State | null): Parsed {
  const payload = object(record.systemPayload);
  switch (record.subtype) {
    case "ui_telemetry":
      return telemetry(record, state);
    case "custom_title":
      return titled(payload);
    case "chat_compression":
      return { parts: [{ ...stamp(record), kind: "compaction", text: summaryIn(payload) }] };
    case "slash_command":
      return command(record, payload);
    case "rewind":
      return rewound(record, state);
    case "parent_session": {
      const id = word(payload?.parentSessionId);
      return id ? { parts: [], facts: { parent: { id, agent: "" } } } : NOTHING;
    }
  }
  if (SILENT.has(word(record.subtype) ?? "")) return NOTHING;
  return { parts: [{ ...stamp(record), kind: "unknown", text: word(record.subtype) ?? "system" }] };
}

function stamp(record: Json): Pick<Part, "index" | "key" | "at"> {
  return { index: 0, key: word(record.uuid), at: millis(record.timestamp) };
}

function telemetry(record: Json, state: State | null): Parsed {
  const usage = usageTold(record, state);
  const failure = failureTold(record);
  return { parts: failure ? [failure] : [], ...(usage && { usage: [usage] }) };
}

function titled(payload: Json | null): Parsed {
  const text = word(payload?.customTitle)?.trim();
  if (!text) return NOTHING;
  return { parts: [], facts: { title: { text, trust: payload?.titleSource === "auto" ? "ai" : "custom" } } };
}

/** The summary is the first message of the history it leaves. */
function summaryIn(payload: Json | null): string {
  const first = object(list(payload?.compressedHistory)[0]);
  const text = joinLines(list(first?.parts).map((part) => word(object(part)?.text) ?? ""));
  return text || "Conversation compressed";
}

/** A command is the person's, but no prompt; its outcome is what the program printed. */
function command(record: Json, payload: Json | null): Parsed {
  const printed = list(payload?.outputHistoryItems).map((item) => word(object(item)?.text) ?? "");
  const text =
    payload?.phase === "result" ? joinLines(printed.filter((line) => line !== "")) : word(payload?.rawCommand);
  return text ? { parts: [{ ...stamp(record), kind: "notice", text, final: true }] } : NOTHING;
}

/** What stood between the record it hangs on and itself is taken back. */
function rewound(record: Json, state: State | null): Parsed {
  const part: Part = { ...stamp(record), kind: "notice", text: "Conversation rewound", injected: true, final: true };
  const key = state ? turnsBack(state, word(record.parentUuid) ?? "") : undefined;
  if (key === undefined) return { parts: [part] };
  return { parts: [part], marks: [{ key, flag: "abandoned", reach: "from", ...(part.key && { until: part.key }) }] };
}
