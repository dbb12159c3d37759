/** Appends events to shards. What it holds in memory (fill, the span that grows) is written by `flush`, before the commit. */
import type { Database, Statement } from "bun:sqlite";
import { createEmitter } from "../../domain/emitter.ts";
import { EMITTER } from "../../domain/words.ts";
import { SHARD_ROWS, SPAN_ROWS } from "./schema.ts";
import { closeShard, createShard, openShard, saveShard } from "./shards.ts";
import type { OpenKind } from "./shards.ts";
import { lastSpan, putSpan } from "./spans.ts";

/** An event with its text; "" is not indexed, but has its place. at: ms, NaN unknown. tool: row in names, 0 none. */
export type TextEvent = { readonly kind: number; readonly at: number; readonly tool: number; readonly text: string };

/** Events of one session, from `position` on without a gap. */
export type TextBatch = { readonly session: number; readonly position: number; readonly events: readonly TextEvent[] };

type GrowingSpan = {
  first: number;
  n: number;
  session: number;
  position: number;
  min_at: number;
  max_at: number;
  readonly kinds: Uint8Array;
};

type Filling = {
  readonly id: number;
  next: number;
  min_at: number | null;
  max_at: number | null;
  span: GrowingSpan | null;
  readonly insert: Statement;
};

export type Appender = ReturnType<typeof makeAppender>;

/** Prepares appending on the indexer's connection. Everything but `forget` runs inside its transaction. */
export function makeAppender(db: Database) {
  const open = new Map<OpenKind, Filling>();
  const emit = createEmitter();
  let rebuilt: Filling | null = null;

  const filling = (kind: OpenKind): Filling => {
    const known = open.get(kind);
    if (known && known.next < SHARD_ROWS) return known;
    if (known) finish(db, known);
    const found = known ? null : openShard(db, kind);
    const made = fill(db, found && found.next < SHARD_ROWS ? found : createShard(db, kind, EMITTER));
    open.set(kind, made);
    return made;
  };
  const ownFilling = (): Filling => {
    if (rebuilt && rebuilt.next < SHARD_ROWS) return rebuilt;
    if (rebuilt) finish(db, rebuilt);
    return (rebuilt = fill(db, createShard(db, "closed", EMITTER)));
  };

  return {
    /** Appends a batch to the open shard of that kind, or (`own`) to a shard that `endOwn` ends. */
    append(target: OpenKind | "own", batch: TextBatch): void {
      let position = batch.position;
      let at = batch.events.find((event) => event.at === event.at)?.at ?? 0;
      for (const event of batch.events) {
        if (event.at === event.at) at = event.at;
        const shard = target === "own" ? ownFilling() : filling(target);
        if (event.text !== "") shard.insert.run(shard.next, emit(event.text, marksOf(event)));
        extend(db, shard, { session: batch.session, position: position++, kind: event.kind, at });
      }
    },
    /** The shard that `own` fills takes no more rows. */
    endOwn(): void {
      if (rebuilt) finish(db, rebuilt);
      rebuilt = null;
    },
    /** Writes what has grown. Before every commit, and before spans are read or cut. */
    flush(): void {
      for (const shard of [...open.values(), ...(rebuilt ? [rebuilt] : [])]) save(db, shard);
    },
    /** What stands in the file counts for these shards (spans were cut, they went stale), or for all (rolled back). */
    forget(shards?: ReadonlySet<number>): void {
      for (const [kind, shard] of open) if (dropped(shard, shards)) open.delete(kind);
      if (rebuilt && dropped(rebuilt, shards)) rebuilt = null;
    },
  };
}

/** What `role:` and `tool:` find an event by. */
function marksOf({ kind, tool }: TextEvent): string[] {
  return tool === 0 ? [`k${kind}`] : [`k${kind}`, `t${tool}`];
}

function dropped(shard: Filling, shards: ReadonlySet<number> | undefined): boolean {
  if (shards && !shards.has(shard.id)) return false;
  shard.insert.finalize();
  return true;
}

function fill(
  db: Database,
  shard: { id: number; next: number; min_at: number | null; max_at: number | null },
): Filling {
  const last = lastSpan(db, shard.id);
  const kinds = new Uint8Array(SPAN_ROWS);
  if (last) kinds.set(last.kinds);
  // Rows after the last span may be dead: then it does not grow on.
  const span = last && last.first + last.n === shard.next ? { ...last, kinds } : null;
  const insert = db.prepare(`INSERT INTO f${shard.id}(rowid, t) VALUES (?, ?)`);
  return { id: shard.id, next: shard.next, min_at: shard.min_at, max_at: shard.max_at, span, insert };
}

function finish(db: Database, shard: Filling) {
  save(db, shard);
  shard.insert.finalize();
  closeShard(db, shard.id);
}

function save(db: Database, shard: Filling) {
  if (shard.span) saveSpan(db, shard.id, shard.span);
  saveShard(db, shard);
}

function saveSpan(db: Database, shard: number, span: GrowingSpan) {
  putSpan(db, { ...span, shard, kinds: span.kinds.subarray(0, span.n) });
}

function extend(db: Database, shard: Filling, event: { session: number; position: number; kind: number; at: number }) {
  const { session, position, kind, at } = event;
  let span = shard.span;
  if (!span || span.session !== session || span.position + span.n !== position || span.n === SPAN_ROWS) {
    if (span) saveSpan(db, shard.id, span);
    span = { first: shard.next, n: 0, session, position, min_at: at, max_at: at, kinds: new Uint8Array(SPAN_ROWS) };
    shard.span = span;
  }
  span.kinds[span.n++] = kind;
  span.min_at = Math.min(span.min_at, at);
  span.max_at = Math.max(span.max_at, at);
  shard.next++;
  if (at === 0) return;
  shard.min_at = Math.min(shard.min_at ?? at, at);
  shard.max_at = Math.max(shard.max_at ?? at, at);
}
