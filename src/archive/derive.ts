/**
 * Bytes → events, in slices of one transaction each: 512 KiB or 12 ms. `derived_through` commits with its events, so a
 * crash only repeats work. Bytes come from memory when they just arrived, from blocks when catching up.
 */
import type { Database } from "bun:sqlite";
import { BLOCK, KIB, MIB, OVERSIZE_HEAD } from "../domain/limits.ts";
import type { Facts, Provider } from "../domain/provider.ts";
import { provider } from "../providers/all.ts";
import { readBytes, readRange } from "../store/bytes.ts";
import { prepareRows } from "../store/event-rows.ts";
import { mainSources, sourceById, sourcesOf } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import { resetEvents, resetSession } from "../store/session-state.ts";
import type { SessionState } from "../store/session-state.ts";
import { discardOrphan } from "../store/orphans.ts";
import { createUsage } from "../store/usage.ts";
import { applyFacts } from "./apply.ts";
import type { Slice } from "./apply.ts";
import { createAsides } from "./asides.ts";
import { createBacklog } from "./backlog.ts";
import type { Item } from "./backlog.ts";
import { createContexts } from "./contexts.ts";
import type { Context } from "./contexts.ts";
import { applyHint } from "./hint.ts";
import { adoptTorn, historyOf, isLate, packOlder, putAsideLarge, unplaced } from "./generations.ts";
import { factsOf, place } from "./place.ts";
import type { Sight } from "./place.ts";
import { createOrder } from "./order.ts";
import { createRanks } from "./ranks.ts";
import { walkFiles } from "./read-file.ts";
import type { Walk } from "./read-file.ts";
import { feed, isRecord, showTail } from "./read-lines.ts";
import type { Tally } from "./read-lines.ts";
import { createUnpacker, isPacked } from "./unpack.ts";

/** What deriving did for one source in a step. */
export type Outcome = { readonly session: number; readonly created: boolean; inserted: number; skipped: number };

export type Step = { readonly slices: ReadonlyMap<number, Slice>; readonly outcomes: ReadonlyMap<number, Outcome> };

type Bounds = { readonly bytes: number; readonly ms: number };

const SLICE: Bounds = { bytes: 512 * KIB, ms: 12 };
/** Behind a long queue fewer, larger transactions count more than a live line's wait. */
const BACKLOG: Bounds = { bytes: MIB, ms: 25 };
const PIECE = 128 * KIB;
/** Unpacked at a time. */
const UNPACK = 256 * KIB;

export type Deriver = ReturnType<typeof createDeriver>;

/** `step` and `tails` run inside the caller's transaction; after a rollback call `recover`. */
export function createDeriver(db: Database, now: () => number) {
  const rows = prepareRows(db);
  const usage = createUsage(db);
  const contexts = createContexts(db);
  const backlog = createBacklog(db);
  const ranks = createRanks(db);
  const unpacker = createUnpacker(db, now);
  const reading = { db, rows, usage, contexts, ranks, now };
  /** Sources with an unfinished last line that was not looked at yet. */
  const tails = new Set<number>();
  /** Sources whose derive failed: they rest until the next start. */
  const skipped = new Set<number>();
  let current: number | null = null;
  let walk: Walk | null = null;
  let outcomes = new Map<number, Outcome>();
  const asides = createAsides(db, { contexts, skipped, parserOf, begin: (source) => void (current = source) });

  /** The context to feed, or null when the source has nothing to derive (yet). */
  const contextOf = (source: number, sight: Sight): Context | null => {
    const found = contexts.find(source);
    if (found) return found;
    const row = sourceById(db, source);
    const parser = parserOf(row);
    if (!parser || row.discarded || skipped.has(source)) return null;
    if ((row.role === "main" || row.role === "plain") && row.session !== null) return reopen(row, parser, row.session);
    if (row.role === "sidecar") asides.note(row.id);
    if (row.role !== "new" && row.role !== "replica") return null;
    return enter(row, parser, sight);
  };

  /** A source that is derived from its start again says again what its name and its shipper say. */
  const reopen = (row: SourceRow, parser: Provider, id: number): Context => {
    if (row.state === null && row.unit !== "file") introduce(contexts.session(id), row, factsOf(db, row, parser));
    return contexts.open(row, parser, id);
  };

  const introduce = (session: SessionState, row: SourceRow, facts: Facts | null) => {
    if (facts) applyFacts(session, facts);
    applyHint(session, row.hint);
    asides.refresh(session.id);
  };

  const enter = (row: SourceRow, parser: Provider, sight: Sight): Context | null => {
    const placed = place(db, row, parser, sight);
    if (placed.kind === "wait" && row.unit !== "file") tails.add(row.id);
    if (placed.kind === "rest") asides.note(row.id);
    if (placed.kind !== "derive") return null;
    if (placed.taken !== null) contexts.close(placed.taken);
    if (placed.anew) forgetAll(placed.session);
    introduce(contexts.session(placed.session), row, placed.facts);
    outcomes.set(row.id, { session: placed.session, created: placed.created, inserted: 0, skipped: 0 });
    // A second main source changes how equal lines are counted in the first.
    for (const other of sourcesOf(db, placed.session)) if (other !== row.id) contexts.close(other);
    return row.unit === "file" ? null : contexts.open(sourceById(db, row.id), parser, placed.session);
  };

  const read = (context: Context, bytes: Uint8Array) => {
    const got = feed(reading, context, bytes);
    const { orphanOf } = contexts.slice(context.session);
    if (orphanOf !== null) return discard(context.session, orphanOf);
    tally(context, got);
    if (context.ordinals) order.touch(context.session);
    if (context.cutter.tailLength > 0) tails.add(context.source);
    else tails.delete(context.source);
  };

  /** Its own records say that it is a helper of a deleted session: it goes with that, as if it had been there. */
  const discard = (session: number, root: string) => {
    for (const source of sourcesOf(db, session)) if (outcomes.delete(source)) tails.delete(source);
    contexts.drop(session);
    discardOrphan(db, session, root);
    usage.forget();
  };

  const readArchived = (context: Context, to: number) => {
    for (const piece of readBytes(db, context.source, context.fed, to)) read(context, piece);
  };

  const tally = ({ source, session }: Pick<Context, "source" | "session">, more: Tally) => {
    const outcome = outcomes.get(source) ?? { session, created: false, inserted: 0, skipped: 0 };
    outcome.inserted += more.inserted;
    outcome.skipped += more.skipped;
    outcomes.set(source, outcome);
  };

  /** What there is to derive of a file that is rewritten whole; null = nothing (yet). */
  const beginWalk = (source: number): Walk | null => {
    const row = sourceById(db, source);
    const parser = parserOf(row);
    if (!parser || row.discarded || skipped.has(source)) return null;
    for (const other of unplaced(db, row)) enter(other, parser, { last: true, start: null });
    const { session, role } = sourceById(db, source);
    if (session === null || role !== "main") return null;
    adoptTorn(db, row, session);
    putAsideLarge(db, session);
    asides.refresh(session);
    const history = historyOf(db, session);
    if (history.todo.length === 0) return null;
    if (!isLate(db, session, history)) return walkFiles(reading, session, parser, history);
    startOver(session, mainSources(db, session));
    asides.refresh(session);
    return walkFiles(reading, session, parser, historyOf(db, session));
  };

  /** The session is derived anew, in the order that its bytes say: files that are rewritten whole first. */
  const startOver = (session: number, sources: readonly SourceRow[]) => {
    contexts.flush(session);
    contexts.drop(session);
    resetEvents(db, session);
    rows.change("rebuilt", session);
    const file = sources.find(({ unit }) => unit === "file");
    if (file) backlog.readBack(file.id, 0, file.through);
    for (const { id, unit, through } of sources) if (unit !== "file") backlog.readBack(id, 0, through);
  };

  /** What others told of the session does not count any more, calls neither. */
  const forgetAll = (session: number) => {
    resetSession(db, session);
    usage.forget();
    startOver(session, mainSources(db, session));
  };

  const order = createOrder(db, startOver);

  const workFile = (item: Item): number => {
    walk ??= beginWalk(item.source);
    if (!walk && isPacked(db, item.source)) return workPacked(item);
    if (walk) tally({ source: item.source, session: walk.session }, walk.step());
    const done = walk?.done ?? true;
    if (walk && done) packOlder(db, historyOf(db, walk.session));
    if (done) walk = null;
    backlog.take(PIECE, done);
    return PIECE;
  };

  /** Unpacks some of what has arrived, and derives it at once. */
  const workPacked = (item: Item): number => {
    const packed = sourceById(db, item.source);
    let done = 0;
    for (let got = unpacker.next(packed); got; got = done < UNPACK ? unpacker.next(packed) : null) {
      deriveBytes(got.plain, got.offset, got.bytes);
      credit(packed.id, got.plain);
      done += got.bytes.length;
    }
    if (done < UNPACK) unpacker.finish(packed, parserOf(packed)?.version ?? 0);
    backlog.take(PIECE, done < UNPACK);
    return Math.max(done, PIECE);
  };

  /** What was derived of a plain source is told of the packed one, which was sent. */
  const credit = (packed: number, plain: number) => {
    const got = outcomes.get(plain);
    if (!got || !outcomes.delete(plain)) return;
    const before = outcomes.get(packed) ?? { created: false, inserted: 0, skipped: 0 };
    const [inserted, skipped] = [before.inserted + got.inserted, before.skipped + got.skipped];
    outcomes.set(packed, { session: got.session, created: before.created || got.created, inserted, skipped });
  };

  const deriveBytes = (source: number, offset: number, bytes: Uint8Array) => {
    const context = contextOf(source, { last: false, start: offset === 0 ? bytes : null });
    if (!context) return;
    if (context.fed < offset) readArchived(context, offset);
    if (context.fed < offset + bytes.length) read(context, bytes.subarray(context.fed - offset));
  };

  /** Works off a piece of the item; returns its length. */
  const work = (item: Item): number => {
    current = item.source;
    if (!contexts.find(item.source) && sourceById(db, item.source).unit === "file") return workFile(item);
    const context = contextOf(item.source, { last: false, start: item.offset === 0 ? item.bytes : null });
    const end = item.bytes ? item.offset + item.bytes.length : sourceById(db, item.source).through;
    if (!context) {
      if (isPacked(db, item.source)) return workPacked(item);
      backlog.take(end - item.offset, true);
      return end - item.offset;
    }
    if (context.fed < item.offset) readArchived(context, item.offset);
    const from = Math.max(item.offset, context.fed);
    if (from < end) read(context, pieceOf(item, from, end));
    // Of several sources each is shown to its end before the next.
    if (context.ordinals && item.bytes === null && context.fed >= end) tail(item.source);
    backlog.take(PIECE, context.fed >= end);
    return PIECE;
  };

  const pieceOf = ({ source, offset, bytes }: Item, from: number, end: number): Uint8Array => {
    if (bytes) return bytes.subarray(from - offset, Math.min(end, from + PIECE) - offset);
    return readRange(db, source, from, Math.min(end, (Math.floor(from / BLOCK) + 1) * BLOCK));
  };

  const tail = (source: number) => {
    current = source;
    const known = contexts.find(source);
    const sight = () => ({ last: isRecord(readRange(db, source, 0, OVERSIZE_HEAD)), start: null });
    const context = known ?? contextOf(source, sight());
    if (!context) return;
    if (!known) readArchived(context, sourceById(db, source).through);
    tally(context, showTail(reading, context));
  };

  const finish = (): Step => {
    const done = { slices: contexts.save(), outcomes };
    for (const { origins } of done.slices.values()) for (const origin of origins) order.claim(origin);
    outcomes = new Map();
    return done;
  };

  backlog.catchUp(skipped);

  return {
    rows,
    enqueue: backlog.put,
    get pending(): boolean {
      return backlog.head !== null;
    },
    /** Bytes that wait in memory. */
    get queuedBytes(): number {
      return backlog.inMemory;
    },
    /** Bytes that wait, in memory or not; an unfinished last line that was not looked at yet counts as one. */
    get behindBytes(): number {
      return backlog.behind + tails.size + order.size + asides.size;
    },
    /** Works off the queue within the bounds of a slice. */
    step(): Step {
      const started = performance.now();
      const { bytes, ms } = backlog.behind > BACKLOG.bytes ? BACKLOG : SLICE;
      for (let done = 0; backlog.head && done < bytes && performance.now() - started < ms;) done += work(backlog.head);
      return finish();
    },
    get hasTails(): boolean {
      return tails.size + order.size + asides.size > 0;
    },
    /** What can wait until nothing else is to do: unfinished last lines that are whole records, sidecars, sessions in order. */
    tails(): Step {
      current = null;
      if (tails.size === 0 && order.size > 0) order.settleNext();
      else if (tails.size === 0) asides.readSome(SLICE.ms);
      for (const source of tails) tail(source);
      tails.clear();
      return finish();
    },
    /** Drops what is in memory about sessions, after a command that rewrote them. */
    forget(): void {
      walk = null;
      unpacker.forget();
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
      walk = null;
      unpacker.forget();
      contexts.forget();
      rows.forgetNames();
      usage.forget();
      backlog.clear();
      outcomes = new Map();
      backlog.catchUp(skipped);
      asides.recover();
    },
  };
}

/** The JSON form has lines of its own, whichever agent they speak of. */
function parserOf(row: SourceRow): Provider | null {
  return provider(row.path.startsWith("event:") ? "event" : row.provider);
}
