/**
 * What the spool remembers of conversations in databases: a hash of each record as it was last sent; and the lines that are
 * being sent, so that what is repeated after a lost answer is byte for byte the same, whatever the database says by then.
 * The last few of those stand in memory: writing all of an import down first would make it three times as slow. A crash
 * then costs at most a new generation of what was under way.
 */
import { MIB } from "../domain/limits.ts";
import type { Spool } from "./spool.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS query_keys (
  source TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (source, key)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS query_batches (
  source TEXT PRIMARY KEY, generation INTEGER NOT NULL, start INTEGER NOT NULL, version INTEGER NOT NULL,
  whole INTEGER NOT NULL, keys TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
`;

/** Lines on their way. `hashes`: of the records in them; null = the record is gone. */
export type Batch = {
  readonly generation: number;
  /** Offset of the first byte in its source. */
  readonly start: number;
  /** Of the conversation when it was read. */
  readonly version: number;
  /** Nothing else was to be sent then. */
  readonly whole: boolean;
  readonly hashes: Readonly<Record<string, string | null>>;
  readonly bytes: Uint8Array;
};

/** Lines in memory, bytes; what was not acknowledged for longest is written down first. */
const HELD_MAX = 24 * MIB;

export type QuerySpool = ReturnType<typeof querySpool>;

/** The spool's tables for databases; made when they are first asked for. `source` names archive, provider and path. */
export function querySpool({ db }: Spool) {
  db.run(SCHEMA);
  const held = new Map<string, Batch>();
  let bytes = 0;

  const hold = (source: string, batch: Batch) => {
    release(source);
    held.set(source, batch);
    bytes += batch.bytes.length;
    for (const [oldest, old] of held) {
      if (bytes <= HELD_MAX || oldest === source) break;
      release(oldest);
      write(oldest, old);
    }
  };
  const release = (source: string) => {
    bytes -= held.get(source)?.bytes.length ?? 0;
    held.delete(source);
  };
  const write = (source: string, { generation, start, version, whole, hashes, bytes: lines }: Batch) => {
    db.query("INSERT OR REPLACE INTO query_batches VALUES (?, ?, ?, ?, ?, ?, ?)").run(
      source,
      generation,
      start,
      version,
      Number(whole),
      JSON.stringify(hashes),
      lines,
    );
  };
  const read = (source: string): Batch | null => {
    const row = db
      .query<Omit<Batch, "whole" | "hashes"> & { whole: number; keys: string }, [string]>(
        "SELECT generation, start, version, whole, keys, bytes FROM query_batches WHERE source = ?",
      )
      .get(source);
    if (!row) return null;
    const { keys, whole, ...rest } = row;
    // Written by `write` only.
    return { ...rest, whole: whole === 1, hashes: JSON.parse(keys) as Batch["hashes"] };
  };
  const forget = (source: string) => {
    release(source);
    db.query("DELETE FROM query_keys WHERE source = ?").run(source);
    db.query("DELETE FROM query_batches WHERE source = ?").run(source);
  };
  return {
    hashes(source: string): ReadonlyMap<string, string> {
      const rows = db.query<{ key: string; hash: string }, [string]>(
        "SELECT key, hash FROM query_keys WHERE source = ?",
      );
      return new Map(rows.all(source).map(({ key, hash }) => [key, hash]));
    },
    batch: (source: string): Batch | null => held.get(source) ?? read(source),
    /** Remembers what is about to be sent. */
    begin: hold,
    /** The server has the batch: its records are known from now on. In the caller's transaction. */
    finish(source: string, { hashes }: Batch): void {
      const put = db.query("INSERT OR REPLACE INTO query_keys VALUES (?, ?, ?)");
      const drop = db.query("DELETE FROM query_keys WHERE source = ? AND key = ?");
      for (const [key, hash] of Object.entries(hashes))
        if (hash === null) drop.run(source, key);
        else put.run(source, key, hash);
      db.query("DELETE FROM query_batches WHERE source = ?").run(source);
      release(source);
    },
    forget,
  };
}
