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
    for (const raw of context.cutter.push(bytes)) applyLine(reading, context, raw, false);
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
  return counting(reading, context, () => applyLine(reading, context, tail, true));
}

function counting({ contexts }: Reading, context: Context, act: () => void): Tally {
  const slice = contexts.slice(context.session);
  const { inserted, skipped } = slice;
  act();
  return { inserted: slice.inserted - inserted, skipped: slice.skipped - skipped };
}

function applyLine(
  { db, rows, usage, contexts, versions, now }: Reading,
  context: Context,
  raw: RawLine,
  provisional: boolean,
) {
  const { provider, source } = context;
  // What a provisional line changes in the state must not stand when the line comes again, whole.
  const state = provisional ? structuredClone(context.state) : context.state;
  const ordinals = provisional && context.ordinals ? new Map(context.ordinals) : context.ordinals;
  const session = contexts.session(context.session);
  const slice = contexts.slice(context.session);
  const owner = contexts.session;
  const { reach } = context;
  const beats = (other: number) => versions.beats(source, other);
  const held = { db, rows, usage, session, slice, now: now(), owner, beats };
  const target = { ...held, ordinals, reach, provisional, provider, source, whole: null };
  let ordinal = 0;
  for (const line of values(raw, provider.headTells)) {
    const parsed = parseSafely(provider, line, state);
    applyValue(target, line, ordinal++, parsed);
    for (const { at } of parsed.parts) if (at !== undefined && at > context.last) context.last = at;
  }
  context.reach = target.reach;
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
