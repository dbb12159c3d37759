/**
 * Bytes → events, in slices of one transaction each: 512 KiB or 12 ms. `derived_through` commits with its events, so a
 * crash only repeats work. Bytes come from memory when they just arrived, from blocks when catching up.
 */
import type { Database } from "bun:sqlite";
import { BLOCK, KIB, OVERSIZE_HEAD } from "../domain/limits.ts";
import { FLAG, KINDS } from "../domain/event.ts";
import type { Line, Parsed, Provider } from "../domain/provider.ts";
import { values } from "../lib/lines.ts";
import type { RawLine } from "../lib/lines.ts";
import { provider as providerNamed } from "../providers/all.ts";
import { readBytes, readRange } from "../store/bytes.ts";
import { countKinds, dropProvisional, prepareRows } from "../store/event-rows.ts";
import { findSessionRow } from "../store/session-state.ts";
import { sourceById, sourcesOf, underivedSources } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import { createUsage } from "../store/usage.ts";
import { applyFacts, applyValue } from "./apply.ts";
import type { Slice } from "./apply.ts";
import { createContexts } from "./contexts.ts";
import type { Context } from "./contexts.ts";
import { place } from "./place.ts";
import type { Sight } from "./place.ts";
import { projectName } from "../domain/project.ts";
import type { Hint } from "./protocol.ts";

/** Bytes at `offset` of a source; `bytes` null = read them back from blocks. */
type Item = { readonly source: number; readonly offset: number; bytes: Uint8Array | null };

/** What deriving did for one source in a step. */
export type Outcome = { readonly session: number; readonly created: boolean; inserted: number; skipped: number };

export type Step = { readonly slices: ReadonlyMap<number, Slice>; readonly outcomes: ReadonlyMap<number, Outcome> };

const SLICE_BYTES = 512 * KIB;
const SLICE_MS = 12;
/** Behind a long queue fewer, larger transactions count more than a live line's wait. */
const BACKLOG_BYTES = 1024 * KIB;
const BACKLOG_MS = 25;
const PIECE = 128 * KIB;

export type Deriver = ReturnType<typeof createDeriver>;

/** `step` and `tails` run inside the caller's transaction; after a rollback call `recover`. */
export function createDeriver(db: Database, now: () => number) {
  const rows = prepareRows(db);
  const usage = createUsage(db);
  const contexts = createContexts(db);
  const queue: Item[] = [];
  const tails = new Set<number>();
  let queuedBytes = 0;
  let behind = 0;
  let outcomes = new Map<number, Outcome>();
  /** The source at work, and those that failed: they rest until the next start. */
  let current: number | null = null;
  const skipped = new Set<number>();

  const put = (item: Item, length: number) => {
    queue.push(item);
    queuedBytes += item.bytes ? item.bytes.length : 0;
    behind += length;
  };

  /** Every source that has more bytes than it is derived to. */
  const catchUp = () => {
    for (const id of underivedSources(db)) {
      if (skipped.has(id)) continue;
      const row = sourceById(db, id);
      put({ source: id, offset: row.derived_through, bytes: null }, row.through - row.derived_through);
    }
  };

  /** The context to feed, or null when the source has nothing to derive (yet). */
  const contextOf = (source: number, sight: Sight): Context | null => {
    const found = contexts.find(source);
    if (found) return found;
    const row = sourceById(db, source);
    const parser = parserOf(row);
    if (!parser || row.discarded || skipped.has(source)) return null;
    if ((row.role === "main" || row.role === "plain") && row.session !== null)
      return contexts.open(row, parser, row.session);
    if (row.role !== "new" && row.role !== "replica") return null;
    return enter(row, parser, sight);
  };

  const enter = (row: SourceRow, parser: Provider, sight: Sight): Context | null => {
    const placed = place(db, row, parser, sight);
    if (placed.kind === "wait") tails.add(row.id);
    if (placed.kind !== "derive") return null;
    if (placed.taken !== null) contexts.close(placed.taken);
    const session = contexts.session(placed.session);
    if (placed.facts) applyFacts(session, placed.facts);
    applyHint(session, row.hint);
    outcomes.set(row.id, { session: placed.session, created: placed.created, inserted: 0, skipped: 0 });
    // A second main source changes how equal lines are counted in the first.
    for (const other of sourcesOf(db, placed.session)) if (other !== row.id) contexts.close(other);
    return contexts.open(sourceById(db, row.id), parser, placed.session);
  };

  const feed = (context: Context, bytes: Uint8Array) => {
    const before = context.cutter.lineStart;
    for (const raw of context.cutter.push(bytes)) applyLine(context, raw, false);
    context.fed += bytes.length;
    contexts.touch(context);
    if (context.provisional && context.cutter.lineStart > before) settleProvisional(context, before);
    if (context.cutter.tailLength > 0) tails.add(context.source);
    else tails.delete(context.source);
  };

  const applyLine = (context: Context, raw: RawLine, provisional: boolean) => {
    const session = contexts.session(context.session);
    const slice = contexts.slice(context.session);
    const { inserted, skipped } = slice;
    const state = provisional ? structuredClone(context.state) : context.state;
    const ordinals = provisional && context.ordinals ? new Map(context.ordinals) : context.ordinals;
    const { provider, source } = context;
    const owner = contexts.session;
    const target = { db, rows, usage, session, slice, ordinals, provisional, now: now(), owner, provider, source };
    values(raw).forEach((line, ordinal) => {
      applyValue(target, line, ordinal, parseSafely(provider, line, state));
    });
    const outcome = outcomes.get(context.source) ?? {
      session: context.session,
      created: false,
      inserted: 0,
      skipped: 0,
    };
    outcome.inserted += slice.inserted - inserted;
    outcome.skipped += slice.skipped - skipped;
    outcomes.set(context.source, outcome);
  };

  /** The unfinished line has ended. What it showed that its end did not confirm goes. */
  const settleProvisional = (context: Context, from: number) => {
    context.provisional = false;
    const session = contexts.session(context.session);
    if (dropProvisional(db, session.id, context.source, from, FLAG.provisional) === 0) return;
    const counts = countKinds(db, session.id);
    const count = (kind: (typeof KINDS)[number]) => counts.get(KINDS.indexOf(kind)) ?? 0;
    session.user_messages = count("prompt");
    session.assistant_messages = count("reply");
    session.tool_calls = count("tool_call");
    session.events = [...counts.values()].reduce((sum, n) => sum + n, 0);
    contexts.slice(session.id).rewritten.add(0);
  };

  const work = (item: Item): number => {
    current = item.source;
    const start = item.offset === 0 ? item.bytes : null;
    const context = contextOf(item.source, { last: false, start });
    const end = item.bytes ? item.offset + item.bytes.length : sourceById(db, item.source).through;
    if (!context) return take(item, end - item.offset, true);
    if (context.fed < item.offset)
      for (const piece of readBytes(db, item.source, context.fed, item.offset)) feed(context, piece);
    const from = Math.max(item.offset, context.fed);
    const to = Math.min(end, from + PIECE);
    if (from < to) {
      const bytes = item.bytes
        ? item.bytes.subarray(from - item.offset, to - item.offset)
        : readRange(db, item.source, from, Math.min(to, (Math.floor(from / BLOCK) + 1) * BLOCK));
      feed(context, bytes);
    }
    return take(item, PIECE, context.fed >= end);
  };

  const take = (item: Item, done: number, whole: boolean): number => {
    behind = Math.max(0, behind - done);
    if (!whole) return done;
    queue.shift();
    if (item.bytes) {
      queuedBytes -= item.bytes.length;
      free(item);
    }
    if (queue.length === 0) behind = queuedBytes = 0;
    return done;
  };

  /** Gives the body's memory back now, not at some later collection. */
  const free = (item: Item) => {
    const buffer = item.bytes!.buffer as ArrayBuffer;
    item.bytes = null;
    if (!queue.some((other) => other.bytes?.buffer === buffer)) buffer.transfer(0);
  };

  const finish = (): Step => {
    const done = { slices: contexts.save(), outcomes };
    outcomes = new Map();
    return done;
  };

  return {
    catchUp,
    enqueue: (source: number, offset: number, bytes: Uint8Array) => put({ source, offset, bytes }, bytes.length),
    get pending(): boolean {
      return queue.length > 0;
    },
    /** Bytes that wait in memory. */
    get queuedBytes(): number {
      return queuedBytes;
    },
    /** Bytes that wait, in memory or not; an unfinished last line that was not looked at yet counts as one. */
    get behindBytes(): number {
      return behind + tails.size;
    },
    /** Works off the queue within the bounds of a slice. */
    step(): Step {
      const started = performance.now();
      for (let done = 0; queue.length > 0 && done < SLICE_BYTES && performance.now() - started < SLICE_MS;)
        done += work(queue[0]!);
      return finish();
    },
    get hasTails(): boolean {
      return tails.size > 0;
    },
    /** Shows unfinished last lines that are whole records already. Call when nothing else is to do. */
    tails(): Step {
      for (const source of tails) showTail(source);
      tails.clear();
      return finish();
    },
    rows,
    sessionRow: (uuid: string) => findSessionRow(db, uuid),
    /** Drops what is in memory about sessions, after a command that rewrote them. */
    forget(): void {
      contexts.forget();
      usage.forget();
    },
    /** Leaves the source alone whose derive failed; returns which. */
    skipCurrent(): number | null {
      if (current !== null) skipped.add(current);
      return current;
    },
    /** After a rollback: nothing in memory can be trusted; the queue is made anew from the rows. */
    recover(): void {
      contexts.forget();
      rows.forgetNames();
      usage.forget();
      queue.length = queuedBytes = behind = 0;
      outcomes = new Map();
      catchUp();
    },
  };

  function showTail(source: number) {
    current = source;
    const known = contexts.find(source);
    const context =
      known ?? contextOf(source, { last: isRecord(readRange(db, source, 0, OVERSIZE_HEAD)), start: null });
    if (!context) return;
    if (!known)
      for (const piece of readBytes(db, source, context.fed, sourceById(db, source).through)) feed(context, piece);
    const tail = context.cutter.tail();
    if (!tail || tail.oversize || context.provisional || !isRecord(tail.bytes)) return;
    context.provisional = true;
    contexts.touch(context);
    applyLine(context, tail, true);
  }
}

/** The JSON form has lines of its own, whichever agent they speak of. */
function parserOf(row: SourceRow): Provider | null {
  return providerNamed(row.path.startsWith("event:") ? "event" : row.provider);
}

/** Parsers must not throw; one that does all the same costs its line, not the archive. */
function parseSafely(parser: Provider, line: Line, state: object): Parsed {
  try {
    return parser.parse(line, state);
  } catch {
    return { parts: [{ index: 0, kind: "unknown", text: line.text.slice(0, KIB) }] };
  }
}

/** True for bytes that are one whole JSON value already. */
function isRecord(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString("utf8").trim();
  if (!text.endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What the shipper says about a session counts where its bytes say nothing. */
function applyHint(
  session: {
    cwd: string | null;
    project: string | null;
    git_repo: string | null;
    git_branch: string | null;
    started_at: number | null;
    environment: string;
    demo: number;
  },
  hint: string | null,
) {
  if (hint === null) return;
  const said = JSON.parse(hint) as Hint;
  session.cwd ??= said.cwd ?? null;
  session.git_repo ??= said.git_repo ?? null;
  session.git_branch ??= said.git_branch ?? null;
  session.project ??= said.project ?? projectName(session.cwd, session.git_repo);
  if (said.started_at) session.started_at ??= said.started_at;
  if (said.environment) session.environment = said.environment;
  if (said.demo) session.demo = 1;
}
