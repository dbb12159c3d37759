/**
 * What a parsed value changes: events merged by key, session facts, usage counted once. A record that comes again (a
 * copy, a repeat, a second derive) finds its rows and changes nothing, so any split and any repetition gives the same.
 */
import type { Database } from "bun:sqlite";
import { COUNTED, FLAG, KINDS } from "../domain/event.ts";
import type { Facts, Line, Mark, Parsed, Part, Provider } from "../domain/provider.ts";
import { hash60 } from "../lib/id.ts";
import type { Hash60 } from "../lib/id.ts";
import { flagEvents } from "../store/event-rows.ts";
import type { EventRow, Rows } from "../store/event-rows.ts";
import { isDeleted } from "../store/session-state.ts";
import type { SessionState } from "../store/session-state.ts";
import { lastArrival } from "../store/sources.ts";
import type { UsageStore } from "../store/usage.ts";
import { chargeUsage } from "./charge.ts";
import { closeTurn, countEvent } from "./count-event.ts";
import { callKey, keylessName } from "./event-key.ts";
import { applyFacts } from "./facts.ts";
import { hide, tell, tellAnew } from "./slice.ts";
import type { Slice } from "./slice.ts";

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
  /** Whether a record of this source is shown rather than that of another; null: as the record says (versions.ts). */
  beats(source: number): boolean | null;
  /** For a value of a whole file; null for lines. `same`: it says what it said in the generation before. */
  readonly whole: { readonly same: boolean } | null;
};

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
  slice.copied ||= mark.flag === "replayed";
  slice.rewritten.add(mark.flag === "replayed" ? 0 : from);
  if (mark.flag === "replayed") for (const position of flagged) hide(slice, position);
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
    if (known.position >= slice.first) return tellAnew(slice, known.position, part, row);
    if (!settled && !target.whole?.same) slice.rewritten.add(known.position);
    if (part.final) closeTurn(session);
    return;
  }
  slice.skipped++;
}

function eventRow(target: Target, line: Line, ordinal: number, part: Part): EventRow {
  const change = part.kind === "tool_call" && (part.form?.kind === "edit" || part.form?.kind === "write");
  const flags =
    (part.replayed ? FLAG.replayed : 0) |
    (part.injected ? FLAG.injected : 0) |
    (part.isError ? FLAG.error : 0) |
    (part.images?.some((image) => !/^application\//i.test(image.mediaType)) ? FLAG.image : 0) |
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

function added(target: Target, part: Part, row: EventRow, id: Hash60) {
  tell(target.slice, part, row, id);
  // A record without a time is as old as its bytes: deriving it again is no activity.
  const now = row.at === null ? Math.min(target.now, lastArrival(target.db, target.source)) : target.now;
  countEvent(target.session, part, row, now);
}
