/**
 * The indexer's turns, one at a time: packets from the writer first, then changes that had none, then what a person
 * deleted, then texts to be read back, shards to be built anew, and after a second of quiet merging. It only ever lags:
 * whatever fails is read again from the archive.
 */
import type { Database } from "bun:sqlite";
import { MIB } from "../domain/limits.ts";
import { createSweep } from "../lib/sweep.ts";
import { openForReading } from "../store/open.ts";
import { WHOLE } from "../store/search/reader.ts";
import { isDamage, openIndex, removeIndex } from "../store/search/schema.ts";
import { markStale } from "../store/search/shards.ts";
import { createIndexRest } from "./index-rest.ts";
import { ArchiveTrouble, createIndexWork } from "./index-work.ts";
import type { FromIndexer, Packet, ToIndexer } from "./protocol.ts";
import type { SearchPaths } from "./search-protocol.ts";
import type { FromIndexerWorker } from "./search-protocol.ts";

const QUIET_MS = 1000;
const RETRY_MS = 2000;
const STATUS_MS = 200;
/** What was replaced leaves the file when all is quiet; so often at most, for a shard is built anew. */
const REPLACED_MS = 10 * 60_000;
/** Characters of packets after which their strings are collected. */
const SWEEP = 6 * MIB;

export type Indexer = ReturnType<typeof createIndexer>;

/** `post` speaks to main. Throws when longhouse.db can not be read. */
export function createIndexer(paths: SearchPaths, post: (message: FromIndexerWorker) => void, now = () => Date.now()) {
  const archive = openForReading(paths.longhouse);
  const queue: Packet[] = [];
  const turns = makeTurns(() => turn());
  const sweep = createSweep(SWEEP);
  let parts = openParts(paths, archive, now);
  let port: MessagePort | null = null;
  let looking = true;
  let reindexing = false;
  let quietSince: number | null = null;
  let forgotten = -REPLACED_MS;
  let told = { at: 0, behind: -1, cursor: -1 };

  const giveCredit = ({ text }: Packet) => {
    sweep.passed(text.length);
    port?.postMessage({ type: "credit", characters: text.length } satisfies FromIndexer);
  };

  const turn = () => {
    try {
      const wait = act();
      if (wait !== null) turns.after(wait);
    } catch (error) {
      fail(error);
    }
  };

  /** One piece of work. Returns when to come again, milliseconds; null = when something happens. */
  const act = (): number | null => {
    const { rest } = parts;
    if (busy()) {
      quietSince = null;
      rest.disturbed();
      rest.checkpoint();
      tell(false);
      return 0;
    }
    tell(true);
    if (rest.urgent()) return 0;
    quietSince ??= performance.now();
    const left = QUIET_MS - (performance.now() - quietSince);
    if (left > 0) return Math.ceil(left);
    if (rest.merge()) return 0;
    const wait = forgetReplaced();
    if (wait === 0) return 0;
    rest.settle();
    port?.postMessage({ type: "cursor", cursor: parts.work.cursor } satisfies FromIndexer);
    return wait;
  };

  /** When to come again for it; null = nothing was replaced. */
  const forgetReplaced = (): number | null => {
    if (!parts.work.hasReplaced()) return null;
    const left = REPLACED_MS - (performance.now() - forgotten);
    if (left > 0) return Math.ceil(left);
    parts.work.forgetReplaced();
    forgotten = performance.now();
    return 0;
  };

  /** False when there was nothing to do. */
  const busy = (): boolean => {
    const { work, rest } = parts;
    if (queue.length > 0) work.packets(queue, giveCredit);
    else if (looking) looking = work.changes();
    else return work.readDeleted() ? (rest.deleted(), true) : work.rebuildUrgent() || work.readBack() || work.rebuild();
    return true;
  };

  const tell = (idle: boolean) => {
    if (!idle && performance.now() - told.at < STATUS_MS) return;
    const behind = parts.work.behind() + queue.reduce((rows, packet) => rows + packet.columns.length / 4, 0);
    const { cursor } = parts.work;
    if (behind !== told.behind || cursor !== told.cursor) post({ type: "status", behind, cursor });
    told = { at: performance.now(), behind, cursor };
    if (!idle || !reindexing) return;
    reindexing = false;
    post({ type: "reindexed" });
  };

  /** The packets in hand are let go: what they bring is read from the archive. */
  const fail = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    queue.splice(0).forEach(giveCredit);
    looking = true;
    if (error instanceof ArchiveTrouble || !isDamage(error)) {
      parts.work.recover();
      post({ type: "failed", reason });
      return turns.after(RETRY_MS);
    }
    replace(reason);
  };

  const replace = (reason: string) => {
    parts.work.close();
    parts.index.close();
    removeIndex(paths.search);
    parts = openParts(paths, archive, now);
    post({ type: "replaced", reason });
    turns.after(1);
  };

  turns.after(0);

  return {
    /** The writer's channel, in the place of the one before. */
    connect(writer: MessagePort): void {
      port?.close();
      port = writer;
      writer.onmessage = ({ data }: MessageEvent<ToIndexer>) => {
        if (data.type === "packet") queue.push(data.packet);
        else looking = true;
        turns.after(0);
      };
    },
    /** Says `reindexed` when it is done. */
    reindex(): void {
      parts.work.all();
      reindexing = looking = true;
      turns.after(0);
    },
    /** A query could not read this shard, or what all shards share: it is built anew. */
    damaged(shard: number): void {
      if (shard === WHOLE) return replace("a search could not read its tables");
      markStale(parts.index, shard, 1);
      turns.after(0);
    },
    close(): void {
      turns.stop();
      port?.close();
      parts.work.close();
      parts.rest.settle();
      archive.close();
      parts.index.close();
    },
  };
}

function openParts(paths: SearchPaths, archive: Database, now: () => number) {
  const index = openIndex(paths.search);
  return { index, work: createIndexWork(index, archive, now), rest: createIndexRest(index, archive, paths.search) };
}

/** At most one turn is due; an earlier one takes the place of a later. */
function makeTurns(turn: () => void) {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let immediate: ReturnType<typeof setImmediate> | null = null;
  const stop = () => {
    if (timer !== null) clearTimeout(timer);
    if (immediate !== null) clearImmediate(immediate);
    timer = immediate = null;
  };
  const run = () => {
    timer = immediate = null;
    turn();
  };
  return {
    stop,
    after(ms: number): void {
      if (immediate !== null) return;
      stop();
      if (ms === 0) immediate = setImmediate(run);
      else timer = setTimeout(run, ms);
    },
  };
}
