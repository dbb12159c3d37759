/** What the indexer does when nothing else is to be done: shards become one segment, the WAL empty, memory free. */
import type { Database } from "bun:sqlite";
import { beginMerge, listShards, markMerged, mergeStep, nextToMerge } from "../store/search/shards.ts";
import { giveBack } from "../store/search/schema.ts";
import { checkpointWhenLarge, truncate } from "./checkpoint.ts";

/** A piece of merging; live events wait no longer than this. Milliseconds. */
const PIECE_MS = 10;
/** Moving a page takes some 20 µs. */
const VACUUM_PAGES = 64;

export type IndexRest = ReturnType<typeof createIndexRest>;

/** `walMax`: the WAL is copied back when it has as many bytes. */
export function createIndexRest(index: Database, archive: Database, path: string, walMax?: number) {
  /** Tables that are being merged, the first one now; a number is a closed shard. */
  let merging: { readonly table: string; readonly shard: number | null } | null = null;
  // At the start too: a crash may have come between a deletion and its merge.
  let titles = true;
  let open: string[] | null = null;
  let settled = false;
  let purge = false;

  const next = (): boolean => {
    if (titles) return begin("titles", null);
    const shard = nextToMerge(index);
    if (shard) return begin(`f${shard.id}`, shard.id);
    open ??= listShards(index)
      .filter((shard) => shard.kind !== "closed" && shard.stale === 0)
      .map((shard) => `f${shard.id}`);
    const table = open.pop();
    if (table === undefined) return false;
    merging = { table, shard: null };
    return true;
  };

  const begin = (table: string, shard: number | null): boolean => {
    if (table === "titles") titles = false;
    beginMerge(index, table);
    merging = { table, shard };
    return true;
  };

  const step = (): boolean => {
    if (!merging) return next();
    if (mergeStep(index, merging.table)) return true;
    if (merging.shard !== null) markMerged(index, merging.shard);
    merging = null;
    return true;
  };

  /** Merges for 10 ms, in one transaction: what each step writes again is in the WAL once. False when there is nothing left to do. */
  const merge = (): boolean => {
    const more = index.transaction(mergePiece).immediate();
    checkpoint();
    return more;
  };

  /** False when all is merged and the file holds nothing unused. */
  const mergePiece = (): boolean => {
    const started = performance.now();
    let more = true;
    while (more && performance.now() - started < PIECE_MS) more = step() || giveBack(index, VACUUM_PAGES);
    return more;
  };

  const checkpoint = () => checkpointWhenLarge(index, path, walMax);

  return {
    /** A person deleted something: its words must leave the titles and the WAL. */
    deleted: () => void (titles = purge = true),
    /** What can not wait for quiet: false when there is nothing of the kind. */
    urgent(): boolean {
      if (titles || merging?.table === "titles") return merge();
      if (!purge) return false;
      purge = false;
      truncate(index, path, 100);
      return true;
    },
    /** Rows came: what was under way is begun again later, and open shards have segments to merge. */
    disturbed(): void {
      if (merging?.table === "titles") titles = true;
      merging = null;
      open = null;
      settled = false;
    },
    merge,
    checkpoint,
    /** Gives back what work took. */
    settle(): void {
      if (settled) return;
      settled = true;
      truncate(index, path, 100);
      for (const db of [index, archive]) db.run("PRAGMA shrink_memory");
      Bun.gc(true);
    },
  };
}
