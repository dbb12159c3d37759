/**
 * What the indexer does to search.db, in pieces that each end within some 30 ms. Every piece runs inside one transaction
 * that also moves the cursor, so a crash at any point only repeats work; adding an event takes its older row away first.
 */
import type { Database } from "bun:sqlite";
import { KINDS } from "../domain/event.ts";
import { EMITTER } from "../domain/words.ts";
import { makeAppender } from "../store/search/append.ts";
import type { TextEvent } from "../store/search/append.ts";
import {
  allSessions,
  archiveState,
  changesBetween,
  lastEventAt,
  nextPosition,
  readEvents,
  titleText,
} from "../store/search/follow.ts";
import type { Change } from "../store/search/follow.ts";
import { SHARD_ROWS, emptyIndex, readState, writeCursor, writeState } from "../store/search/schema.ts";
import { dropShard, hasDead, markAllStale, markDead, markStale, nextToRebuild } from "../store/search/shards.ts";
import type { OpenKind, Shard } from "../store/search/shards.ts";
import { killRows, spansFrom } from "../store/search/spans.ts";
import { putTitle } from "../store/search/titles.ts";
import { addTodo, countTodo, doneTodo, dropTodo, nextTodo } from "../store/search/todo.ts";
import type { Packet } from "./protocol.ts";

/** Rows of one transaction; FTS5 writes a segment at each commit, so fewer rows mean more segments. */
const BATCH_ROWS = 2000;
/** What a piece of background work may take, milliseconds. */
const PIECE_MS = 30;
/** Events this recent go to the live shard; an import of older ones would bury them. Milliseconds. */
const LIVE_MS = 15 * 60_000;
const CHANGES = 1000;
const EVER = Number.MAX_SAFE_INTEGER;
const UNKNOWN = KINDS.indexOf("unknown");

/** The archive could not be read: the index is not to blame, and is not thrown away for it. */
export class ArchiveTrouble extends Error {}

export type IndexWork = ReturnType<typeof createIndexWork>;

/** `index` is written, `archive` (longhouse.db) only read. */
export function createIndexWork(index: Database, archive: Database, now: () => number) {
  const appender = makeAppender(index);
  let cursor = begin(index, archive);
  let deleted = false;
  let moving: { readonly id: number; readonly target: OpenKind | "own" } | null = null;

  const kill = (session: number, from: number, to: number) => {
    appender.flush();
    const touched = killRows(index, session, from, to);
    if (touched.size > 0) appender.forget(touched);
    return touched;
  };

  const add = (session: number, position: number, events: readonly TextEvent[]) => {
    kill(session, position, position + events.length);
    const last = events.findLast((event) => event.at === event.at)?.at ?? 0;
    appender.append(kindFor(last), { session, position, events });
  };

  const kindFor = (at: number): OpenKind => (Math.abs(now() - at) < LIVE_MS ? "live" : "backfill");

  const refreshTitle = (session: number) =>
    putTitle(
      index,
      session,
      blamed(() => titleText(archive, session)),
    );

  /** Notes what a change asks for. Texts are read back later, in pieces. */
  const take = (change: Change) => {
    const { id, kind, session, position, n } = change;
    if (kind === "deleted") remove(session);
    else refreshTitle(session);
    const at = kind === "events" || kind === "rebuilt" ? blamed(() => lastEventAt(archive, session)) : 0;
    if (kind === "events") addTodo(index, { session, position, upto: position + n, at });
    if (kind === "rebuilt") {
      // What stood there answers until it is read again; what is no more goes now.
      const upto = blamed(() => nextPosition(archive, session));
      kill(session, upto, EVER);
      addTodo(index, { session, position: 0, upto, at });
    }
    cursor = id;
  };

  /** A person deleted it: no word of it may stay in the file. */
  const remove = (session: number) => {
    deleted = true;
    dropTodo(index, session);
    putTitle(index, session, null);
    const touched = kill(session, 0, EVER);
    for (const id of touched) markStale(index, id, 2);
  };

  const takeChanges = (end: number): boolean => {
    const changes = blamed(() => changesBetween(archive, cursor, end, CHANGES));
    changes.forEach(take);
    return changes.length > 0;
  };

  /** Returns rows written. Without events it says that the session's title changed. */
  const takePacket = (packet: Packet): number => {
    if (packet.change <= cursor) return 0;
    while (packet.change > cursor + 1 && takeChanges(packet.change));
    const events = eventsOf(packet);
    if (events.length === 0) refreshTitle(packet.session);
    else add(packet.session, packet.position, events);
    cursor = packet.change;
    return events.length;
  };

  /** Reads back what is to be read back, and puts it in the place of what stood there. */
  const readBack = (session: number, from: number, to: number, target: OpenKind | "own" | null): number => {
    const { events, upto } = blamed(() => readEvents(archive, session, from, to));
    kill(session, from, upto);
    for (let i = 0; i < events.length;) {
      let end = i + 1;
      while (end < events.length && events[end]!.position === events[end - 1]!.position + 1) end++;
      const run = events.slice(i, end);
      const at = run.findLast((event) => event.at === event.at)?.at ?? 0;
      appender.append(target ?? kindFor(at), { session, position: run[0]!.position, events: run });
      i = end;
    }
    return upto;
  };

  /** Steps until nothing is left or the piece has taken its time; false when there was nothing to do. */
  const piece = (step: () => boolean): boolean => {
    const started = performance.now();
    return index
      .transaction(() => {
        if (!step()) return false;
        while (performance.now() - started < PIECE_MS && step());
        appender.flush();
        writeCursor(index, cursor);
        return true;
      })
      .immediate();
  };

  const todoStep = (): boolean => {
    const todo = nextTodo(index);
    if (!todo) return false;
    if (todo.position === 0) refreshTitle(todo.session);
    doneTodo(index, todo, readBack(todo.session, todo.position, todo.upto, null));
    return true;
  };

  /** Moves one span of a shard to another; drops the shard with its last one. */
  const rebuildStep = (): boolean => {
    const shard = nextToRebuild(index);
    if (!shard) return false;
    // Decided once: the shard empties as it is moved.
    if (moving?.id !== shard.id) moving = { id: shard.id, target: targetOf(shard) };
    appender.forget(new Set([shard.id]));
    const [span] = spansFrom(index, shard.id, 0, 1);
    if (span) return readBack(span.session, span.position, span.position + span.n, moving.target) > 0;
    dropShard(index, shard.id);
    appender.endOwn();
    return true;
  };

  return {
    get cursor() {
      return cursor;
    },
    /** Takes packets from the front of `queue`, as many as one transaction holds; `worked` is told of each. */
    packets(queue: Packet[], worked: (packet: Packet) => void): void {
      let rows = 0;
      index
        .transaction(() => {
          while (queue.length > 0 && rows < BATCH_ROWS) {
            const packet = queue.shift()!;
            worked(packet);
            rows += takePacket(packet);
          }
          appender.flush();
          writeCursor(index, cursor);
        })
        .immediate();
    },
    /** Notes changes that had no packet. Like all pieces: false when there was nothing to do. */
    changes: (): boolean => piece(() => takeChanges(EVER)),
    /** True once after a person deleted something. */
    readDeleted: (): boolean => deleted && !(deleted = false),
    /** Builds shards anew that hold words a person deleted. */
    rebuildUrgent: (): boolean => nextToRebuild(index)?.stale === 2 && piece(rebuildStep),
    readBack: (): boolean => nextTodo(index) !== null && piece(todoStep),
    /** Shards hold words of events that were replaced. */
    hasReplaced: (): boolean => hasDead(index),
    /** Has those shards built anew. */
    forgetReplaced: (): void => markDead(index),
    rebuild: (): boolean => nextToRebuild(index) !== null && piece(rebuildStep),
    /** Everything anew, shard by shard; what stands there answers meanwhile. */
    all(): void {
      index.transaction(() => everything(index, archive)).immediate();
      appender.forget();
    },
    /** Events of the archive that are not in the index, as far as they are known. */
    behind: (): number => countTodo(index),
    /** Lets go of statements, which would keep the connection open. */
    close: () => appender.forget(),
    /** After a failed transaction: what stands in the file counts. */
    recover(): void {
      appender.forget();
      cursor = readState(index)!.cursor;
    },
  };
}

/** Where to go on. An index of another archive, or of another history of it, is emptied; one of another emitter answers on. */
function begin(index: Database, archive: Database): number {
  const state = readState(index);
  const { archiveId, epoch, last } = blamed(() => archiveState(archive));
  const same = state?.archiveId === archiveId && state.epoch === epoch && state.cursor <= last;
  if (same && state.emitter === EMITTER) return state.cursor;
  return index
    .transaction(() => {
      if (!same) emptyIndex(index);
      writeState(index, { archiveId, epoch, emitter: EMITTER, cursor: last });
      everything(index, archive);
      return last;
    })
    .immediate();
}

function everything(index: Database, archive: Database) {
  markAllStale(index);
  for (const todo of blamed(() => allSessions(archive))) addTodo(index, todo);
}

function blamed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ArchiveTrouble(`longhouse.db: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A full shard's events stay together in a new one, so that shards keep to their times; few go where such events go. */
function targetOf(shard: Shard): OpenKind | "own" {
  if (shard.kind !== "closed") return shard.kind;
  return shard.next - shard.dead < SHARD_ROWS / 2 ? "backfill" : "own";
}

/** The events of a packet; unknown ones have their place, and no words. */
function eventsOf({ columns, text }: Packet): TextEvent[] {
  const events: TextEvent[] = [];
  let from = 0;
  for (let i = 0; i < columns.length; i += 4) {
    const [kind = UNKNOWN, at = NaN, tool = 0, length = 0] = columns.subarray(i, i + 4);
    events.push({ kind, at, tool, text: kind === UNKNOWN ? "" : text.slice(from, from + length) });
    from += length;
  }
  return events;
}
