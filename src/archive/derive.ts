/**
 * Bytes → events, in slices of one transaction each: 512 KiB or 12 ms. `derived_through` commits with its events, so a
 * crash only repeats work. Bytes come from memory when they just arrived, from blocks when catching up.
 *
 * What is shared stands in deriving.ts; enter.ts finds a source's session, read-lines.ts and walks.ts read it, start-over.ts
 * begins a session anew. What can wait for quiet: asides.ts, order.ts, copies.ts.
 */
import type { Database } from "bun:sqlite";
import { BLOCK, KIB, MIB, OVERSIZE_HEAD } from "../domain/limits.ts";
import { readBytes, readRange } from "../store/bytes.ts";
import { prepareRows } from "../store/event-rows.ts";
import { discardOrphan } from "../store/orphans.ts";
import { sourceById, sourcesOf } from "../store/sources.ts";
import { createUsage } from "../store/usage.ts";
import { createAsides } from "./asides.ts";
import { createBacklog } from "./backlog.ts";
import type { Item } from "./backlog.ts";
import { createContexts } from "./contexts.ts";
import type { Context } from "./contexts.ts";
import { createCopies } from "./copies.ts";
import { credit, parserOf, tally } from "./deriving.ts";
import type { Deriving, Outcome } from "./deriving.ts";
import { contextOf } from "./enter.ts";
import { createOrder } from "./order.ts";
import { createVersions } from "./versions.ts";
import { feed, isRecord, showTail } from "./read-lines.ts";
import type { Slice } from "./slice.ts";
import { startOver } from "./start-over.ts";
import { createUnpacker, isPacked } from "./unpack.ts";
import { createWalks } from "./walks.ts";

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
  const unpacker = createUnpacker(db, now);
  const reading = { db, rows, usage, contexts, versions: createVersions(db), now };
  const [tails, skipped] = [new Set<number>(), new Set<number>()];
  const outcomes = new Map<number, Outcome>();
  let current: number | null = null;
  const asides = createAsides(db, { contexts, skipped, parserOf, begin: (source) => void (current = source) });
  const deriving: Deriving = { db, reading, contexts, usage, backlog, asides, tails, skipped, outcomes };
  const walks = createWalks(deriving);
  const order = createOrder(db, {
    skipped,
    startOver: (session, sources) => startOver(deriving, session, sources),
  });
  const copies = createCopies(db, contexts);

  const read = (context: Context, bytes: Uint8Array) => {
    const got = feed(reading, context, bytes);
    const { orphanOf } = contexts.slice(context.session);
    if (orphanOf !== null) return discard(context.session, orphanOf);
    tally(deriving, context.source, { session: context.session, ...got });
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

  /** Works off a piece of the item; returns its length. */
  const work = (item: Item): number => {
    current = item.source;
    if (!contexts.find(item.source) && sourceById(db, item.source).unit === "file") return workFile(item);
    const context = contextOf(deriving, item.source, { last: false, start: item.offset === 0 ? item.bytes : null });
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

  const workFile = (item: Item): number => {
    const done = walks.step(item.source);
    if (done === null && isPacked(db, item.source)) return workPacked(item);
    backlog.take(PIECE, done ?? true);
    return PIECE;
  };

  /** Unpacks some of what has arrived, and derives it at once. */
  const workPacked = (item: Item): number => {
    const packed = sourceById(db, item.source);
    let done = 0;
    for (let got = unpacker.next(packed); got; got = done < UNPACK ? unpacker.next(packed) : null) {
      deriveBytes(got.plain, got.offset, got.bytes);
      credit(deriving, packed.id, got.plain);
      done += got.bytes.length;
    }
    if (done < UNPACK) unpacker.finish(packed, parserOf(packed)?.version ?? 0);
    backlog.take(PIECE, done < UNPACK);
    return Math.max(done, PIECE);
  };

  const deriveBytes = (source: number, offset: number, bytes: Uint8Array) => {
    const context = contextOf(deriving, source, { last: false, start: offset === 0 ? bytes : null });
    if (!context) return;
    if (context.fed < offset) readArchived(context, offset);
    if (context.fed < offset + bytes.length) read(context, bytes.subarray(context.fed - offset));
  };

  const tail = (source: number) => {
    current = source;
    const known = contexts.find(source);
    const sight = () => ({ last: isRecord(readRange(db, source, 0, OVERSIZE_HEAD)), start: null });
    const context = known ?? contextOf(deriving, source, sight());
    if (!context) return;
    if (!known) readArchived(context, sourceById(db, source).through);
    tally(deriving, source, { session: context.session, ...showTail(reading, context) });
  };

  const finish = (): Step => {
    const done = { slices: contexts.save(), outcomes: new Map(outcomes) };
    for (const [session, { origins, copied }] of done.slices) {
      for (const origin of origins) order.claim(origin);
      if (copied) copies.doubt(session);
    }
    for (const { session, created } of outcomes.values()) if (created) copies.appeared(session);
    outcomes.clear();
    return done;
  };

  const waiting = () => tails.size + order.size + asides.size + copies.size;

  const forget = () => {
    walks.forget();
    unpacker.forget();
    contexts.forget();
    usage.forget();
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
    /** Bytes that wait, in memory or not; each thing that waits for quiet counts as one. */
    get behindBytes(): number {
      return backlog.behind + waiting();
    },
    /** Works off the queue within the bounds of a slice. */
    step(): Step {
      const started = performance.now();
      const { bytes, ms } = backlog.behind > BACKLOG.bytes ? BACKLOG : SLICE;
      for (let done = 0; backlog.head && done < bytes && performance.now() - started < ms;) done += work(backlog.head);
      return finish();
    },
    get hasTails(): boolean {
      return waiting() > 0;
    },
    /**
     * What can wait until nothing else is to do: unfinished last lines that are whole records, sessions in order, sidecars,
     * copied history that nobody else has.
     */
    tails(): Step {
      current = null;
      if (tails.size > 0) for (const source of tails) tail(source);
      else if (order.size > 0) order.settleNext();
      else if (asides.size > 0) asides.readSome(SLICE.ms);
      else copies.settleNext();
      tails.clear();
      return finish();
    },
    /** Drops what is in memory about sessions, after a command that rewrote them. */
    forget,
    /** Leaves the source alone whose derive failed; returns which. */
    skipCurrent(): number | null {
      if (current !== null) skipped.add(current);
      return current;
    },
    /** After a rollback: nothing in memory can be trusted; the queue is made anew from the rows. */
    recover(): void {
      forget();
      rows.forgetNames();
      outcomes.clear();
      backlog.clear();
      backlog.catchUp(skipped);
      asides.recover();
      order.recover();
      copies.recover();
    },
  };
}
