/** What a reader knows of the shards: row → session and position, in memory, so that no step of a walk joins. */
import type { Database } from "bun:sqlite";
import { SHARD_ROWS } from "./schema.ts";
import { listShards } from "./shards.ts";
import type { Shard } from "./shards.ts";

/** A shard's spans as columns, in order of rows; `count` of them are filled. */
export type ShardSpans = {
  shard: Shard;
  count: number;
  first: Int32Array;
  n: Int32Array;
  session: Int32Array;
  position: Int32Array;
  /** Milliseconds UTC, 0 unknown. */
  minAt: Float64Array;
  maxAt: Float64Array;
  /** By row: the event's kind. */
  readonly kinds: Uint8Array;
  /** Its rows came newest first (an import): their time falls while the row grows. */
  falling: boolean;
};

export type ShardMap = {
  /** Newest first. */
  readonly shards: readonly ShardSpans[];
  /** Reads what another connection has changed; inside a read transaction, so that tables and spans agree. Returns shards that went. */
  refresh(): readonly number[];
  close(): void;
};

type SpanRow = [
  first: number,
  n: number,
  session: number,
  position: number,
  minAt: number,
  maxAt: number,
  kinds: Uint8Array,
];

export function makeShardMap(db: Database): ShardMap {
  const select = db.prepare<unknown, [number, number]>(
    "SELECT first, n, session, position, min_at, max_at, kinds FROM spans WHERE shard = ? AND first >= ? ORDER BY first",
  );
  const version = db.prepare<unknown, []>("PRAGMA data_version");
  const known = new Map<number, ShardSpans>();
  let shards: ShardSpans[] = [];
  let seen: unknown;

  const load = (shard: Shard): ShardSpans => {
    const before = known.get(shard.id);
    if (before && before.shard.version === shard.version && before.shard.next === shard.next) {
      before.shard = shard;
      return before;
    }
    const grown = before && before.shard.version === shard.version ? before : emptySpans(shard);
    // Only the last span can have grown.
    const keep = Math.max(0, grown.count - 1);
    const from = keep < grown.count ? grown.first[keep]! : 0;
    grown.count = keep;
    for (const row of select.values(shard.id, from) as SpanRow[]) addSpan(grown, row);
    grown.shard = shard;
    grown.falling = isFalling(grown);
    known.set(shard.id, grown);
    return grown;
  };

  return {
    get shards() {
      return shards;
    },
    refresh() {
      const now = version.values()[0]![0];
      if (now === seen) return [];
      shards = listShards(db).map(load);
      const there = new Set(shards.map(({ shard }) => shard.id));
      const gone = [...known.keys()].filter((id) => !there.has(id));
      for (const id of gone) known.delete(id);
      // Not before all was read: what failed is read again.
      seen = now;
      return gone;
    },
    close(): void {
      version.finalize();
      select.finalize();
    },
  };
}

/** Index of the span that covers a row; -1 when the row is dead. */
export function spanAt(spans: ShardSpans, row: number): number {
  let low = 0;
  let high = spans.count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const first = spans.first[middle]!;
    if (row < first) high = middle - 1;
    else if (row < first + spans.n[middle]!) return middle;
    else low = middle + 1;
  }
  return -1;
}

const FIRST_SIZE = 64;

function emptySpans(shard: Shard): ShardSpans {
  const size = FIRST_SIZE;
  return {
    shard,
    count: 0,
    first: new Int32Array(size),
    n: new Int32Array(size),
    session: new Int32Array(size),
    position: new Int32Array(size),
    minAt: new Float64Array(size),
    maxAt: new Float64Array(size),
    kinds: new Uint8Array(SHARD_ROWS),
    falling: false,
  };
}

function addSpan(spans: ShardSpans, [first, n, session, position, minAt, maxAt, kinds]: SpanRow) {
  if (spans.count === spans.first.length) grow(spans);
  const i = spans.count++;
  spans.first[i] = first;
  spans.n[i] = n;
  spans.session[i] = session;
  spans.position[i] = position;
  spans.minAt[i] = minAt;
  spans.maxAt[i] = maxAt;
  spans.kinds.set(kinds, first);
}

function grow(spans: ShardSpans) {
  for (const name of ["first", "n", "session", "position"] as const) {
    const wider = new Int32Array(spans.count * 2);
    wider.set(spans[name]);
    spans[name] = wider;
  }
  for (const name of ["minAt", "maxAt"] as const) {
    const wider = new Float64Array(spans.count * 2);
    wider.set(spans[name]);
    spans[name] = wider;
  }
}

/** More of its sessions follow a newer one than an older one. */
function isFalling(spans: ShardSpans): boolean {
  let falls = 0;
  for (let i = 1; i < spans.count; i++)
    if (spans.session[i] !== spans.session[i - 1]) falls += spans.minAt[i]! < spans.minAt[i - 1]! ? 1 : -1;
  return falls > 0;
}
