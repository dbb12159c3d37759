/**
 * A walk through the shards, newest first. Nothing stops a running statement, so time is looked at between steps: a walk
 * ends when enough is found, at the last shard, or when the next step might overrun; then it says where it stands.
 */
import type { Match } from "./match.ts";
import type { IndexReader, Step } from "./reader.ts";
import { spanAt } from "./shard-map.ts";
import type { ShardSpans } from "./shard-map.ts";

/** Where a walk goes on: in the shard `id`, in the part, after `row` (null: from its beginning); if it is gone, after that time. */
export type Place = { readonly at: number; readonly id: number; readonly row: number | null; readonly part: number };

/** Which events count. Times in milliseconds, since ≤ t < until. */
export type Scope = {
  /** By row number of a session: 1 = allowed. */
  readonly sessions: Uint8Array;
  readonly since: number;
  readonly until: number;
  /** Exact bounds of the positions of a span that lies only partly in the time. */
  clip(session: number, from: number, to: number): readonly [from: number, to: number];
  /** Those of a few sessions that said anything since. */
  lately(sessions: readonly number[]): readonly number[];
};

/** One event that matches. */
export type Hit = {
  readonly shard: number;
  readonly row: number;
  readonly session: number;
  readonly position: number;
  readonly kind: number;
  /** When its span ended, ms: near enough for ranking. */
  readonly at: number;
  readonly rank: number;
};

export type Clock = {
  /** The next step may overrun, or nobody waits any more. */
  late(): boolean;
  /** Measures a step. */
  run<T>(step: () => T): T;
};

/** One alternative. `once`: a step in each shard is enough, its newest rows. */
export type Part = { readonly match: Match; readonly scope: Scope; readonly once?: boolean };

export type WalkRequest = {
  readonly parts: readonly Part[];
  readonly from: Place | null;
  readonly clock: Clock;
  /** Told of each hit, and by which part it was found. */
  hit(hit: Hit, part: number): void;
  /** Enough is found, after `rows` hits. */
  enough(rows: number): boolean;
};

/** `place` null: nothing is left. */
export type Walked = { readonly place: Place | null; readonly late: boolean };

/** Rows a step asks for when all of them count. */
const STEP_ROWS = 1000;
/** Asking bm25 for more rows than this (because most will not count) costs more than it tells. */
const RANKED_ROWS = 3000;
const MAX_ROWS = 32_768;

/** An archive of so few shards is walked whole however late it is, on a busy machine too; a larger one a step at least. */
const SMALL = 3;

/** Throws DamagedShard. */
export function walk(reader: IndexReader, request: WalkRequest): Walked {
  const { from, parts } = request;
  const steps = countSteps(request, reader.shards.length);
  for (const spans of reader.shards) {
    const { id } = spans.shard;
    const at = spans.shard.max_at ?? 0;
    if (isBefore(from, at, id)) continue;
    const here = from?.id === id ? from : null;
    for (let n = here?.part ?? 0; n < parts.length; n++) {
      const row = here?.part === n ? here.row : null;
      const stopped = walkPart(reader, { spans, part: parts[n]!, n, row, request, steps });
      if (!stopped) continue;
      if (!stopped.ended) return { place: { at, id, row: stopped.row, part: n }, late: stopped.late };
      const more = n + 1 < parts.length;
      return { place: more ? { at, id, row: null, part: n + 1 } : after(at, id), late: false };
    }
  }
  return { place: null, late: false };
}

type Steps = { readonly late: () => boolean; rows: number };

function countSteps({ clock }: WalkRequest, shards: number): Steps {
  const least = shards <= SMALL ? SMALL : 1;
  let steps = 0;
  return { rows: 0, late: () => steps++ >= least && clock.late() };
}

type PartWalk = {
  readonly spans: ShardSpans;
  readonly part: Part;
  readonly n: number;
  readonly row: number | null;
  readonly request: WalkRequest;
  readonly steps: Steps;
};

/** Walks one shard for one part. null: on to the next; else where the walk stops, and whether this shard has no more. */
function walkPart(
  reader: IndexReader,
  { spans, part, n, row: start, request, steps }: PartWalk,
): { readonly row: number | null; readonly ended: boolean; readonly late: boolean } | null {
  const cover = coverOf(spans, part.scope);
  if (cover.rows === 0) return null;
  for (let row = start; ;) {
    const step = stepOf(spans, cover, part.match, row);
    if (step.from > step.to) return null;
    if (steps.late()) return { row, ended: false, late: true };
    const found = request.clock.run(() => reader.step(step));
    for (const [at_row, rank] of found) {
      const hit = hitAt(spans, at_row, part.scope, rank);
      if (!hit) continue;
      request.hit(hit, n);
      steps.rows++;
    }
    row = found.at(-1)?.[0] ?? row;
    const ended = part.once === true || found.length < step.limit;
    if (request.enough(steps.rows)) return { row, ended, late: false };
    if (ended) return null;
  }
}

/** Just behind a shard: ids fall within one time. */
const after = (at: number, id: number): Place => ({ at, id: id - 0.5, row: null, part: 0 });

function isBefore(from: Place | null, at: number, id: number): boolean {
  if (!from || from.id === id) return false;
  return at > from.at || (at === from.at && id > from.id);
}

/** What of a shard counts: how many rows, and between which. */
type Cover = { rows: number; low: number; high: number };

function coverOf(spans: ShardSpans, { sessions, since, until }: Scope): Cover {
  const cover = { rows: 0, low: 0, high: -1 };
  for (let i = 0; i < spans.count; i++) {
    if (sessions[spans.session[i]!] !== 1 || spans.maxAt[i]! < since || spans.minAt[i]! >= until) continue;
    if (cover.rows === 0) cover.low = spans.first[i]!;
    cover.rows += spans.n[i]!;
    cover.high = spans.first[i]! + spans.n[i]! - 1;
  }
  return cover;
}

function stepOf(spans: ShardSpans, cover: Cover, match: Match, row: number | null): Step {
  const { falling, shard } = spans;
  const part = cover.rows / (cover.high - cover.low + 1);
  const wanted = Math.min(MAX_ROWS, Math.ceil(STEP_ROWS / part));
  const ranked = match.ranked && wanted <= RANKED_ROWS;
  return {
    shard: shard.id,
    expression: match.expression,
    ranked,
    falling,
    from: falling && row !== null ? row + 1 : cover.low,
    to: !falling && row !== null ? row - 1 : cover.high,
    limit: wanted,
  };
}

/** The event in a row; null when it is dead, or outside the scope. */
export function hitAt(spans: ShardSpans, row: number, scope: Scope, rank: number): Hit | null {
  const i = spanAt(spans, row);
  if (i < 0) return null;
  const session = spans.session[i]!;
  const [minAt, maxAt] = [spans.minAt[i]!, spans.maxAt[i]!];
  if (scope.sessions[session] !== 1 || maxAt < scope.since || minAt >= scope.until) return null;
  const position = spans.position[i]! + row - spans.first[i]!;
  if (minAt < scope.since || maxAt >= scope.until) {
    const [from, to] = scope.clip(session, spans.position[i]!, spans.position[i]! + spans.n[i]!);
    if (position < from || position >= to) return null;
  }
  return { shard: spans.shard.id, row, session, position, kind: spans.kinds[row]!, at: maxAt, rank };
}
