/** What a new event changes in its session's row: counts, times, what the agent does now. recount.ts gives the same from rows. */
import { FLAG } from "../domain/event.ts";
import type { Part } from "../domain/provider.ts";
import { TITLE_TRUST } from "../domain/provider.ts";
import { titleOf } from "../providers/title.ts";
import type { EventRow } from "../store/event-rows.ts";
import type { SessionState } from "../store/session-state.ts";
import { offerTitle, REPLY_TRUST } from "./facts.ts";

/** A target is for one line of the timeline. */
const TARGET_MAX = 120;

/** Counts an event; copied history only gives its session a place among others. `now`: when its bytes came, at the latest. */
export function countEvent(session: SessionState, part: Part, row: EventRow, now: number): void {
  session.next_position++;
  session.events++;
  if (part.replayed) return stand(session, row.at, now);
  count(session, part, row);
  clock(session, row.at, now);
  follow(session, part, row, now);
}

/** Copied history belongs to another session: it only gives this one a place among others while nothing else does. */
function stand(session: SessionState, said: number | null, now: number) {
  session.active_at = Math.max(session.active_at, Math.min(session.started_at ?? said ?? 0, now));
}

function count(session: SessionState, part: Part, row: EventRow) {
  if (part.kind === "prompt") {
    session.user_messages++;
    if (part.text) offerTitle(session, titleOf(part.text) ?? "", TITLE_TRUST.prompt);
  } else if (part.kind === "reply") {
    session.assistant_messages++;
    if (part.text) offerTitle(session, part.text, REPLY_TRUST);
  } else if (part.kind === "tool_call") session.tool_calls++;
  if (row.flags & FLAG.error) session.errors++;
  if (row.flags & FLAG.change) session.has_changes = 1;
  if (row.flags & FLAG.image) session.has_image = 1;
  if (part.model && !session.models.includes(part.model)) session.models.push(part.model);
}

/**
 * An import of old files is not activity, and no clock is trusted to be ahead of ours. Records without a time of their own
 * stand at their session's start.
 */
function clock(session: SessionState, said: number | null, now: number) {
  const at = said ?? session.started_at;
  if (at === null) {
    session.active_at = Math.max(session.active_at, now);
    return;
  }
  session.started_at = Math.min(session.started_at ?? at, at);
  session.last_event_at = Math.max(session.last_event_at ?? at, at);
  session.active_at = Math.max(session.active_at, Math.min(at, now));
}

/** What the agent does now. */
function follow(session: SessionState, part: Part, row: EventRow, now: number) {
  if (part.final) return closeTurn(session);
  if (part.kind === "notice" || part.kind === "unknown") return;
  session.open = 1;
  if (part.kind === "tool_call") {
    session.current = { tool: part.tool ?? "tool", target: targetOf(part), since: row.at ?? now, call: row.call };
  } else if (part.kind !== "thinking" && (session.current?.call ?? null) === row.call) session.current = null;
}

/** The agent has given its final answer. */
export function closeTurn(session: SessionState): void {
  session.open = 0;
  session.current = null;
}

/** A path, or the first line of a command. */
function targetOf(part: Part): string | null {
  const path = part.form?.paths?.[0];
  if (path) return path.slice(-TARGET_MAX);
  const input = part.input;
  if (typeof input !== "object" || input === null) return null;
  const { command, cmd, query, pattern, url, description } = input as Record<string, unknown>;
  const said = [command, cmd, query, pattern, url, description].find(
    (value) => typeof value === "string" || Array.isArray(value),
  );
  if (said === undefined) return null;
  const text = Array.isArray(said) ? said.filter((word) => typeof word === "string").join(" ") : String(said);
  return text.trim().split("\n", 1)[0]!.slice(0, TARGET_MAX) || null;
}
