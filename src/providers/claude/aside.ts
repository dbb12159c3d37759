/** Records beside the conversation: the tool's own messages, the queue of prompts, titles. Most say nothing to a person. */
import type { Mark, Parsed, TitleTrust } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { idOf, images, NOTHING, notice, stamp, texts, unknown } from "./record.ts";
import { spoken } from "./spoken.ts";
import { awaitLeaf, type ClaudeState, clearQueue, delivered, enqueue, leaveQueue, textMark } from "./state.ts";
import { again, spokenPart, together, withTitle } from "./user.ts";

/** `system` records: boundaries, errors, and talk of the tool. */
export function readSystem(record: Json, state: ClaudeState | null): Parsed {
  const content = word(record.content);
  switch (record.subtype) {
    case "compact_boundary":
      return { parts: [{ ...stamp(record), kind: "compaction", text: content ?? "Conversation compacted" }] };
    case "local_command": {
      const said = content === undefined ? null : spoken(content);
      return said ? withTitle({ parts: [spokenPart(record, said)] }, state) : NOTHING;
    }
    case "api_error":
    case "error":
      return notice(record, errorText(record), { isError: true });
    case "api_refusal":
    case "model_refusal_fallback":
      return withRetracted(record, notice(record, content ?? word(record.apiRefusalExplanation), { isError: true }));
    case "stop_hook_summary":
      return notice(record, texts(list(record.hookErrors).map(asBlock)).join("\n"), { isError: true });
    case "microcompact_boundary":
    case "turn_duration":
    case "session_start":
      return NOTHING;
  }
  if (content !== undefined) return notice(record, content, { injected: true });
  return unknown(record);
}

function errorText(record: Json): string {
  const error = object(record.error);
  const text =
    word(error?.formatted) ?? word(error?.message) ?? word(object(record.cause)?.code) ?? word(record.content);
  const status = typeof error?.status === "number" ? ` ${error.status}` : "";
  const again =
    typeof record.retryAttempt === "number" ? ` (retry ${record.retryAttempt} of ${record.maxRetries})` : "";
  return `${text ?? `API error${status}`}${again}`;
}

function asBlock(value: unknown): unknown {
  return typeof value === "string" ? { text: value } : value;
}

/** What the API took back stays in the archive, marked. */
function withRetracted(record: Json, parsed: Parsed): Parsed {
  const uuids = list(record.retractedMessageUuids).filter((uuid) => typeof uuid === "string");
  if (uuids.length === 0) return parsed;
  return { ...parsed, marks: uuids.map((key): Mark => ({ key, flag: "abandoned", reach: "one" })) };
}

/** `attachment` records: only prompts that were queued, hooks that failed, and goals are for a person. */
export function readAttachment(record: Json, state: ClaudeState | null): Parsed {
  const attachment = object(record.attachment);
  switch (attachment?.type) {
    case "queued_command":
      return queuedCommand(record, attachment.prompt, state);
    case "hook_blocking_error":
      return notice(record, word(object(attachment.blockingError)?.blockingError), { isError: true });
    case "hook_non_blocking_error":
      return notice(record, word(attachment.stderr) ?? word(attachment.stdout), { isError: true });
    case "goal_status":
      return notice(record, goalText(attachment), { injected: true });
  }
  return NOTHING;
}

function goalText(attachment: Json): string | undefined {
  const condition = word(attachment.condition);
  return condition && `${attachment.met === true ? "Goal met" : "Goal"}: ${condition}`;
}

/** A queued prompt that reached the agent within a turn. */
function queuedCommand(record: Json, prompt: unknown, state: ClaudeState | null): Parsed {
  const pictures = images(list(prompt));
  const said = together(texts(prompt));
  if (!said) return NOTHING;
  const queued = state ? delivered(state, { text: said.text }) : undefined;
  const part = { ...spokenPart(record, said), ...(pictures && { images: pictures }), ...again(queued, pictures) };
  return withTitle({ parts: [part] }, state);
}

/** `queue-operation` records. A prompt is shown from the moment it is typed: some are never delivered as a record. */
export function readQueue(record: Json, state: ClaudeState | null): Parsed {
  const said = typeof record.content === "string" ? spoken(record.content) : null;
  switch (record.operation) {
    case "enqueue": {
      if (!said) return NOTHING;
      const key = `queued:${idOf(record.timestamp) ?? ""}:${textMark(said.text)}`;
      if (state) enqueue(state, key);
      return withTitle({ parts: [{ ...spokenPart(record, said), key }] }, state);
    }
    case "dequeue":
      if (state) leaveQueue(state, { fate: "dequeued" });
      return NOTHING;
    case "remove":
      if (state) leaveQueue(state, { fate: "removed", text: said?.text });
      return NOTHING;
    case "popAll": {
      // The person took the texts back into the editor.
      const keys = state ? clearQueue(state) : [];
      return { parts: [], marks: keys.map((key): Mark => ({ key, flag: "abandoned", reach: "one" })) };
    }
  }
  return NOTHING;
}

/** A record that names the session. */
export function readTitle(title: unknown, trust: TitleTrust): Parsed {
  const text = word(title)?.trim();
  return text ? { parts: [], facts: { title: { text, trust } } } : NOTHING;
}

/** A `summary` names the session that has its leaf, above or below: most stand in the file of another one. */
export function readSummary(record: Json, state: ClaudeState | null): Parsed {
  const leaf = idOf(record.leafUuid);
  const text = word(record.summary)?.trim();
  if (!state || !text || leaf === undefined || state.leaves.includes(leaf)) return readTitle(text, "summary");
  awaitLeaf(state, { leaf, text });
  return NOTHING;
}

/** A pull request tells the repository's URL. */
export function readPullRequest(record: Json): Parsed {
  const repo = /^(https?:\/\/[^/\s]+\/.+?)(?:\/-)?\/(?:pull|merge_requests|pull-requests)\/\d+/.exec(
    word(record.prUrl) ?? "",
  )?.[1];
  return repo === undefined ? NOTHING : { parts: [], facts: { repo } };
}
