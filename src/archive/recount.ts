/** A session's counts, anew from its events: after some were taken back, or turned out to be copies of another's. */
import type { Database } from "bun:sqlite";
import { FLAG, KINDS } from "../domain/event.ts";
import type { Kind } from "../domain/event.ts";
import { TITLE_TRUST } from "../domain/provider.ts";
import { titleOf } from "../providers/title.ts";
import { readParts } from "../store/event-parts.ts";
import { firstEvent, groupEvents } from "../store/event-rows.ts";
import type { EventGroup } from "../store/event-rows.ts";
import type { SessionState } from "../store/session-state.ts";
import { offerTitle, REPLY_TRUST } from "./facts.ts";

/** Gives the same as counting event by event: replayed ones count for nothing, abandoned ones for no message or call. */
export function recount(db: Database, session: SessionState): void {
  const groups = groupEvents(db, session.id);
  const own = groups.filter((group) => (group.flags & FLAG.replayed) === 0);
  const line = own.filter((group) => (group.flags & FLAG.abandoned) === 0);
  session.events = sum(groups);
  session.user_messages = sum(line.filter(isOf("prompt")));
  session.assistant_messages = sum(line.filter(isOf("reply")));
  session.tool_calls = sum(line.filter(isOf("tool_call")));
  session.errors = sum(line.filter((group) => group.flags & FLAG.error));
  session.has_changes = own.some((group) => group.flags & FLAG.change) ? 1 : 0;
  session.has_image = own.some((group) => group.flags & FLAG.image) ? 1 : 0;
  session.models = [...new Set(own.flatMap(({ model }) => model ?? []))];
  session.last_event_at = lastAt(session, own);
  if (session.title_trust <= TITLE_TRUST.prompt) retitle(db, session);
}

const sum = (groups: readonly EventGroup[]) => groups.reduce((n, group) => n + group.n, 0);

const isOf = (kind: Kind) => (group: EventGroup) => KINDS[group.kind] === kind;

/** Events without a time of their own stand at the session's start. */
function lastAt(session: SessionState, own: readonly EventGroup[]): number | null {
  const times = own.flatMap(({ at, timeless }) => [at, timeless ? session.started_at : null]);
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : known.reduce((a, b) => Math.max(a, b));
}

/** The first prompt that stands names the session; else one that was taken back, else what the agent said first. */
function retitle(db: Database, session: SessionState) {
  session.title = null;
  session.title_trust = 0;
  const { replayed, abandoned } = FLAG;
  const offer = (kind: Kind, set: number, unset: number, trust: number) => {
    const row = firstEvent(db, session.id, { kind: KINDS.indexOf(kind), set, unset });
    const text = row && readParts(db, [row])[0]?.text;
    if (text) offerTitle(session, kind === "prompt" ? (titleOf(text) ?? "") : text, trust);
  };
  offer("prompt", 0, replayed | abandoned, TITLE_TRUST.prompt);
  if (session.title === null) offer("prompt", abandoned, replayed, REPLY_TRUST);
  if (session.title === null) offer("reply", 0, replayed, REPLY_TRUST);
}
