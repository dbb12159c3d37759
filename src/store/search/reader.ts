/** A read-only connection to search.db: one snapshot a query, one prepared statement for each shard and form. */
import type { Database, Statement } from "bun:sqlite";
import { openForReading } from "../open.ts";
import { isDamage } from "./schema.ts";
import { makeShardMap } from "./shard-map.ts";
import type { ShardSpans } from "./shard-map.ts";
import { makeVocabulary } from "./vocabulary.ts";

/** One step of a walk: rows [from, to] of one shard, in one direction. */
export type Step = {
  readonly shard: number;
  readonly expression: string;
  readonly ranked: boolean;
  readonly falling: boolean;
  readonly from: number;
  readonly to: number;
  readonly limit: number;
};

/** A row and its rank: bm25 turned positive, the more the better; 1 when it was not asked for. */
export type Found = readonly [row: number, rank: number];

/** What is no shard, but damaged too: titles, spans, the list of shards. */
export const WHOLE = 0;

/** A shard that SQLite can not read; WHOLE when it is what all shards share. */
export class DamagedShard extends Error {
  constructor(readonly shard: number) {
    super(`shard ${shard} of the search index is damaged`);
  }
}

export type IndexReader = ReturnType<typeof openIndexReader>;

/** Opens search.db, which the indexer has made. Cache in KiB. */
export function openIndexReader(path: string, cacheKib = 8000) {
  const db = openForReading(path, cacheKib);
  const map = makeShardMap(db);
  const vocabulary = makeVocabulary(path);
  const broken = new Set<number>();
  const statements = new Map<string, Statement<unknown, [string, number, number, number]>>();

  const statementOf = ({ shard, ranked, falling }: Step) => {
    const name = `${shard}:${ranked}:${falling}`;
    const known = statements.get(name);
    if (known) return known;
    const made = db.prepare<unknown, [string, number, number, number]>(
      `SELECT rowid, ${ranked ? `-bm25(f${shard})` : "1.0"} FROM f${shard}
       WHERE f${shard} MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid ${falling ? "ASC" : "DESC"} LIMIT ?`,
    );
    statements.set(name, made);
    return made;
  };

  const forget = (shard: number) => {
    for (const [name, statement] of statements) {
      if (!name.startsWith(`${shard}:`)) continue;
      statement.finalize();
      statements.delete(name);
    }
  };

  return {
    get shards(): readonly ShardSpans[] {
      return broken.size === 0 ? map.shards : map.shards.filter(({ shard }) => !broken.has(shard.id));
    },
    /** Reads within one snapshot, with spans as they are now. */
    snapshot<T>(read: () => T): T {
      db.run("BEGIN");
      try {
        for (const shard of guarded(WHOLE, () => map.refresh())) forget(shard);
        return read();
      } finally {
        // Nothing was written; a COMMIT would fail where a page could not be read.
        db.run("ROLLBACK");
      }
    },
    /** Throws DamagedShard. */
    step(step: Step): Found[] {
      return guarded(
        step.shard,
        () => statementOf(step).values(step.expression, step.from, step.to, step.limit) as unknown as Found[],
      );
    },
    /** Leaves a shard out from now on. */
    leaveOut: (shard: number) => void broken.add(shard),
    isLeftOut: (shard: number): boolean => broken.has(shard),
    /** Sessions whose title, tags or note match, newest row first; none while they can not be read. Throws DamagedShard. */
    titles(expression: string, limit: number): number[] {
      return broken.has(WHOLE) ? [] : guarded(WHOLE, () => matchTitles(db, expression, limit));
    },
    /** Words of titles and of the newest shards that are spelt like this one. */
    alike(word: string): readonly string[] {
      const shards = map.shards.map(({ shard }) => shard.id).filter((id) => !broken.has(id));
      return vocabulary.alike(word, ["titles", ...shards.map((id) => `f${id}`)]);
    },
    /** Gives page caches back. */
    rest: () => void db.run("PRAGMA shrink_memory"),
    close(): void {
      for (const statement of statements.values()) statement.finalize();
      map.close();
      vocabulary.close();
      db.close();
    },
  };
}

function guarded<T>(shard: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) throw new DamagedShard(shard);
    throw error;
  }
}

function matchTitles(db: Database, expression: string, limit: number): number[] {
  const sql = "SELECT rowid FROM titles WHERE titles MATCH ? ORDER BY rowid DESC LIMIT ?";
  return db
    .query<{ rowid: number }, [string, number]>(sql)
    .all(expression, limit)
    .map((row) => row.rowid);
}
