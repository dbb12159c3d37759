/** Feeds a source's bytes to its parser and applies what its lines say, unfinished last line included. */
import type { Database } from "bun:sqlite";
import { FLAG } from "../domain/event.ts";
import { KIB } from "../domain/limits.ts";
import type { Line, Parsed, Provider } from "../domain/provider.ts";
import { values } from "../lib/lines.ts";
import type { RawLine } from "../lib/lines.ts";
import { dropProvisional } from "../store/event-rows.ts";
import type { Rows } from "../store/event-rows.ts";
import type { UsageStore } from "../store/usage.ts";
import { applyValue } from "./apply.ts";
import type { Target } from "./apply.ts";
import type { Context, Contexts } from "./contexts.ts";
import type { Versions } from "./versions.ts";

/** Events that a call added, and records it found known. */
export type Tally = { readonly inserted: number; readonly skipped: number };

export type Reading = {
  readonly db: Database;
  readonly rows: Rows;
  readonly usage: UsageStore;
  readonly contexts: Contexts;
  readonly versions: Versions;
  readonly now: () => number;
};

/** The source's next bytes. */
export function feed(reading: Reading, context: Context, bytes: Uint8Array): Tally {
  const before = context.cutter.lineStart;
  const tally = counting(reading, context, () => {
    const target = targetOf(reading, context, false);
    for (const raw of context.cutter.push(bytes)) applyLine(target, context, raw, context.state);
    context.reach = target.reach;
  });
  context.fed += bytes.length;
  reading.contexts.touch(context);
  if (context.provisional && context.cutter.lineStart > before) settleProvisional(reading, context, before);
  return tally;
}

/** Shows the unfinished last line if it is a whole record already; once. */
export function showTail(reading: Reading, context: Context): Tally {
  const tail = context.cutter.tail();
  if (!tail || tail.oversize || context.provisional || !isRecord(tail.bytes)) return { inserted: 0, skipped: 0 };
  context.provisional = true;
  reading.contexts.touch(context);
  // What a provisional line changes in the state must not stand when the line comes again, whole.
  const state = structuredClone(context.state);
  return counting(reading, context, () => {
    const target = targetOf(reading, context, true);
    applyLine(target, context, tail, state);
    context.reach = target.reach;
  });
}

function counting({ contexts }: Reading, context: Context, act: () => void): Tally {
  const slice = contexts.slice(context.session);
  const { inserted, skipped } = slice;
  act();
  return { inserted: slice.inserted - inserted, skipped: slice.skipped - skipped };
}

/** One for all lines of a piece. */
function targetOf(reading: Reading, context: Context, provisional: boolean): Target {
  const { db, rows, usage, contexts, versions, now } = reading;
  const { provider, source } = context;
  return {
    db,
    rows,
    usage,
    provider,
    source,
    session: contexts.session(context.session),
    slice: contexts.slice(context.session),
    ordinals: provisional && context.ordinals ? new Map(context.ordinals) : context.ordinals,
    reach: context.reach,
    provisional,
    now: now(),
    owner: contexts.session,
    beats: (other) => versions.beats(source, other),
    whole: null,
  };
}

function applyLine(target: Target, context: Context, raw: RawLine, state: object) {
  let ordinal = 0;
  for (const line of values(raw, target.provider.headTells)) {
    const parsed = parseSafely(target.provider, line, state);
    applyValue(target, line, ordinal++, parsed);
    for (const { at } of parsed.parts) if (at !== undefined && at > context.last) context.last = at;
  }
}

/** Parsers must not throw; one that does all the same costs its line, not the archive. */
export function parseSafely(parser: Provider, line: Line, state: object): Parsed {
  try {
    return parser.parse(line, state);
  } catch {
    return { parts: [{ index: 0, kind: "unknown", text: line.text.slice(0, KIB) }] };
  }
}

/** The unfinished line has ended. What it showed that its end did not confirm goes. */
function settleProvisional({ db, contexts }: Reading, context: Context, from: number) {
  context.provisional = false;
  const session = contexts.session(context.session);
  if (dropProvisional(db, session.id, context.source, from, FLAG.provisional) === 0) return;
  const slice = contexts.slice(session.id);
  slice.recount = true;
  slice.rewritten.add(0);
}

/** True for bytes that are one whole JSON object already. */
export function isRecord(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString("utf8").trim();
  if (!text.endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
