/**
 * What a parsed value changes: events merged by key, session facts, usage counted once. A record that comes again (a
 * copy, a repeat, a second derive) finds its rows and changes nothing, so any split and any repetition gives the same.
 */
import type { Database } from "bun:sqlite";
import { COUNTED, FLAG, KINDS } from "../domain/event.ts";
import type { Facts, Line, Mark, Parsed, Part, Provider, SessionKey } from "../domain/provider.ts";
import { TITLE_TRUST } from "../domain/provider.ts";
import { searchText } from "../domain/words.ts";
import { titleOf } from "../providers/title.ts";
import { eventId, hash60, sessionId } from "../lib/id.ts";
import type { Hash60 } from "../lib/id.ts";
import { flagEvents } from "../store/event-rows.ts";
import type { UsageStore } from "../store/usage.ts";
import type { EventRow, Rows } from "../store/event-rows.ts";
import { isDeleted, shownTitle } from "../store/session-state.ts";
import type { SessionState } from "../store/session-state.ts";
import { lastArrival } from "../store/sources.ts";
import { chargeUsage } from "./charge.ts";
import { projectName } from "../domain/project.ts";

/** What a slice did to one session; becomes rows of `changes`, one packet, and the live feed's doorbell. */
export type Slice = {
  /** The session's title before. */
  readonly title: string | null;
  /** Position of the first new event; new ones follow without a gap. */
  first: number;
  /** 4 numbers an event: kind, at, tool, length of its text. */
  readonly columns: number[];
  readonly texts: string[];
  /** Positions of events that now say something else. */
  readonly rewritten: Set<number>;
  /** Events were taken back or are others' after all: the session is counted anew. */
  recount: boolean;
  /** Ids of sessions that this one turned out to come from after calls were charged to it. */
  readonly origins: Set<string>;
  /** Id of the deleted session that this one, its helper, goes with. */
  orphanOf: string | null;
  lastId: Hash60 | null;
  inserted: number;
  skipped: number;
};

/** What applying needs to know. `ordinals` counts equal lines in a session with several main sources, else null. */
export type Target = {
  readonly db: Database;
  readonly rows: Rows;
  readonly usage: UsageStore;
  readonly provider: Provider;
  readonly source: number;
  readonly session: SessionState;
  readonly ordinals: Map<string, number> | null;
  /** Position of the last event, pointing into another source, that this one has told of too. */
  reach: number;
  readonly slice: Slice;
  readonly provisional: boolean;
  readonly now: number;
  /** Another session's state, for usage that it owns. */
  owner(session: number): SessionState;
  /** Whether a record of this source is shown rather than that of another; null: as the record says (ranks.ts). */
  beats(source: number): boolean | null;
  /** For a value of a whole file; null for lines. `same`: it says what it said in the generation before. */
  readonly whole: { readonly same: boolean } | null;
};

/** Titles and targets are for one line of the timeline. */
const TITLE_MAX = 200;
const TARGET_MAX = 120;
/** What the agent said first names a session in which nobody asked anything. */
export const REPLY_TRUST = 0;

export function newSlice(session: SessionState): Slice {
  const { next_position: first } = session;
  const { title } = shownTitle(session, session.said);
  return {
    title,
    first,
    columns: [],
    texts: [],
    rewritten: new Set(),
    recount: false,
    origins: new Set(),
    orphanOf: null,
    lastId: null,
    inserted: 0,
    skipped: 0,
  };
}

/** Applies one value, the `ordinal`th of its line. */
export function applyValue(target: Target, line: Line, ordinal: number, parsed: Parsed): void {
  if (parsed.facts) sayFacts(target, factsOf(parsed));
  for (const part of parsed.parts) applyPart(target, line, ordinal, part);
  for (const usage of parsed.usage ?? []) chargeUsage(target, usage, usage.replayed ?? parsed.parts.some(isCopied));
  for (const mark of parsed.marks ?? []) applyMark(target, mark);
}

/** Whose a call is may hang on where a session comes from: what was charged before that was known is looked at again. */
function sayFacts({ db, session, slice }: Target, facts: Facts) {
  const known = session.parent_uuid ?? session.fork_uuid;
  applyFacts(session, facts);
  const origin = session.parent_uuid ?? session.fork_uuid;
  const charged = session.input + session.output + session.cache_read + session.cache_write > 0;
  if (known === null && origin !== null && charged) slice.origins.add(origin);
  const isHelper = session.kind === "subagent" || session.kind === "internal";
  if (isHelper && facts.parent && isDeleted(db, session.provider, facts.parent, ""))
    slice.orphanOf = session.parent_uuid;
}

const isCopied = ({ replayed }: Part) => replayed === true;

/** What somebody asked in another session is no name for this one. */
function factsOf({ parts, facts = {} }: Parsed): Facts {
  const copied = facts.title?.trust === "prompt" && parts.some(isCopied);
  return copied ? { ...facts, title: undefined } : facts;
}

/** A mark that comes again (its source is read from the start once more) takes in no more than it did the first time. */
function applyMark({ db, rows, session, source, reach, slice }: Target, mark: Mark) {
  const from = rows.find(session.id, hash60(mark.key))?.position;
  if (from === undefined) return;
  const end = mark.until === undefined ? undefined : rows.find(session.id, hash60(mark.until))?.position;
  const to = mark.reach === "one" ? from + 1 : (end ?? session.next_position);
  const known = mark.reach === "one" ? from : reach;
  const flagged = flagEvents(db, { session: session.id, from, to, source, known }, FLAG[mark.flag]);
  if (flagged.length === 0) return;
  slice.recount = true;
  slice.rewritten.add(mark.flag === "replayed" ? 0 : from);
  if (mark.flag === "replayed") for (const position of flagged) hideFresh(slice, position);
}

/** Copied history is not searched. */
function hideFresh(slice: Slice, position: number) {
  const at = position - slice.first;
  if (at < 0 || at >= slice.texts.length) return;
  slice.texts[at] = "";
  slice.columns[at * 4 + 3] = 0;
}

/** Facts of one line or of the source's name. */
export function applyFacts(session: SessionState, facts: Facts): void {
  if (facts.title) offerTitle(session, facts.title.text, TITLE_TRUST[facts.title.trust]);
  if (facts.cwd) session.cwd ??= facts.cwd;
  if (facts.branch) session.git_branch = facts.branch;
  if (facts.repo) session.git_repo = facts.repo;
  if (facts.startedAt) session.started_at = Math.min(session.started_at ?? Infinity, facts.startedAt);
  if (facts.kind) session.kind = facts.kind;
  if (facts.parent) session.parent_uuid = another(session, facts.parent) ?? session.parent_uuid;
  if (facts.forkOf) session.fork_uuid = another(session, facts.forkOf) ?? session.fork_uuid;
  if (facts.cwd || facts.repo) session.project ??= projectName(session.cwd, session.git_repo);
}

/** Its uuid; null when a session is said to come from itself (a copy that was given its origin's name). */
function another({ provider, uuid }: SessionState, { id, agent }: SessionKey): string | null {
  const named = sessionId(provider, id, agent);
  return named === uuid ? null : named;
}

/** Shows a title unless a better one stands. */
export function offerTitle(session: SessionState, text: string, trust: number) {
  if (trust < session.title_trust) return;
  if (trust <= TITLE_TRUST.prompt && session.title_trust === trust && session.title !== null) return;
  const title = text
    .slice(0, 4 * TITLE_MAX)
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, TITLE_MAX);
  if (title === "") return;
  session.title = title;
  session.title_trust = trust;
}

function applyPart(target: Target, line: Line, ordinal: number, part: Part) {
  const { rows, session, slice } = target;
  const row = eventRow(target, line, ordinal, part);
  const id = part.key === undefined ? keylessId(target, line, row) : hash60(part.key);
  if (rows.insert(session.id, session.next_position, id, row)) return added(target, part, row, id);
  const known = rows.find(session.id, id)!;
  if (known.source !== row.source) target.reach = Math.max(target.reach, known.position);
  const settled = (known.flags & FLAG.provisional) !== 0 && !target.provisional;
  const beats = target.beats(known.source);
  if (beats ?? (part.replaces === true || settled)) {
    if (known.offset === row.offset && known.source === row.source && !settled) return;
    // What an older generation of a file lacked, a newer one may have again.
    const flags = row.flags | (beats ? 0 : known.flags & FLAG.abandoned);
    rows.replace(session.id, known.position, { ...row, flags });
    if (known.kind !== row.kind || (known.flags & COUNTED) !== (flags & COUNTED)) slice.recount = true;
    if (known.position >= slice.first) return rewriteFresh(slice, known.position, part, row);
    if (!settled && !target.whole?.same) slice.rewritten.add(known.position);
    if (part.final) closeTurn(session);
    return;
  }
  slice.skipped++;
}

/** The event is of this very slice and not sent to the indexer yet: its newer text goes instead. */
function rewriteFresh(slice: Slice, position: number, part: Part, row: EventRow) {
  const at = position - slice.first;
  const text = indexedText(part);
  slice.texts[at] = text;
  slice.columns.splice(at * 4, 4, row.kind, row.at ?? NaN, row.tool ?? 0, text.length);
}

function eventRow(target: Target, line: Line, ordinal: number, part: Part): EventRow {
  const change = part.kind === "tool_call" && (part.form?.kind === "edit" || part.form?.kind === "write");
  const flags =
    (part.replayed ? FLAG.replayed : 0) |
    (part.injected ? FLAG.injected : 0) |
    (part.isError ? FLAG.error : 0) |
    (part.images && part.images.length > 0 ? FLAG.image : 0) |
    (change ? FLAG.change : 0) |
    (line.oversize ? FLAG.oversize : 0) |
    (target.provisional ? FLAG.provisional : 0);
  return {
    source: target.source,
    offset: line.offset,
    idx: part.index + 1024 * ordinal,
    kind: KINDS.indexOf(part.kind),
    tool: part.tool === undefined ? null : target.rows.name(part.tool),
    call: part.call === undefined ? null : callKey(part.call),
    model: part.model === undefined ? null : target.rows.name(part.model),
    at: part.at ?? null,
    flags,
  };
}

/** 48 bits of a call id's hash. */
function callKey(call: string): number {
  const { hi, lo } = hash60(call);
  return (hi & 0x3ffff) * 0x40000000 + lo;
}

/** Without a key of its own a record is its line, and the how-manieth of equal lines. */
function keylessId(target: Target, line: Line, row: EventRow): Hash60 {
  // In a whole file a record's place among the others may change; in a line it tells glued values apart.
  const name = keylessName(line, target.whole ? row.idx & 1023 : row.idx);
  if (target.ordinals) {
    const n = target.ordinals.get(name) ?? 0;
    target.ordinals.set(name, n + 1);
    return hash60(`${name}:${n}`);
  }
  for (let n = 0; ; n++) {
    const id = hash60(`${name}:${n}`);
    const known = target.rows.find(target.session.id, id);
    if (!known || known.offset === row.offset) return id;
  }
}

/** What such a record's id comes from, but for the how-manieth it is. */
export function keylessName(line: Line, index: number): string {
  const { hi, lo } = hash60(line.text);
  return `${hi}:${lo}:${index}`;
}

function added(target: Target, part: Part, row: EventRow, id: Hash60) {
  const { session, slice } = target;
  const text = indexedText(part);
  slice.columns.push(row.kind, row.at ?? NaN, row.tool ?? 0, text.length);
  slice.texts.push(text);
  slice.lastId = id;
  slice.inserted++;
  session.next_position++;
  session.events++;
  // A record without a time is as old as its bytes: deriving it again is no activity.
  const now = row.at === null ? Math.min(target.now, lastArrival(target.db, target.source)) : target.now;
  if (part.replayed) return stand(session, row.at, now);
  count(session, part, row);
  clock(session, row.at, now);
  follow(session, part, row, now);
}

/** Copied history belongs to another session: it only gives this one a place among others while nothing else does. */
function stand(session: SessionState, said: number | null, now: number) {
  session.active_at = Math.max(session.active_at, Math.min(session.started_at ?? said ?? 0, now));
}

/** Noise and copied history are not searched. */
function indexedText(part: Part): string {
  return part.injected || part.replayed || part.kind === "unknown" ? "" : searchText(part);
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

function closeTurn(session: SessionState) {
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

/** The doorbell's event id. */
export function lastEventId(slice: Slice): string | null {
  return slice.lastId === null ? null : eventId(slice.lastId);
}
