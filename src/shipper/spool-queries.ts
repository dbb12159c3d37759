/**
 * What the spool remembers of conversations in databases: a hash of each record as it was last sent, and the lines that are
 * being sent. Those lines stand here until they are acknowledged, so that what is repeated after a crash or a lost answer
 * is byte for byte the same, whatever the database says by then.
 */
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

export type QuerySpool = ReturnType<typeof querySpool>;

/** The spool's tables for databases; made when they are first asked for. `source` names archive, provider and path. */
export function querySpool({ db }: Spool) {
  db.run(SCHEMA);
  const forget = (source: string) => {
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
    batch(source: string): Batch | null {
      const row = db
        .query<Omit<Batch, "whole" | "hashes"> & { whole: number; keys: string }, [string]>(
          "SELECT generation, start, version, whole, keys, bytes FROM query_batches WHERE source = ?",
        )
        .get(source);
      if (!row) return null;
      const { keys, whole, ...rest } = row;
      // Written by `begin` only.
      return { ...rest, whole: whole === 1, hashes: JSON.parse(keys) as Batch["hashes"] };
    },
    /** Writes down what is about to be sent. */
    begin(source: string, { generation, start, version, whole, hashes, bytes }: Batch): void {
      db.query("INSERT OR REPLACE INTO query_batches VALUES (?, ?, ?, ?, ?, ?, ?)").run(
        source,
        generation,
        start,
        version,
        Number(whole),
        JSON.stringify(hashes),
        bytes,
      );
    },
    /** The server has the batch: its records are known from now on. In the caller's transaction. */
    finish(source: string, { hashes }: Batch): void {
      const put = db.query("INSERT OR REPLACE INTO query_keys VALUES (?, ?, ?)");
      const drop = db.query("DELETE FROM query_keys WHERE source = ? AND key = ?");
      for (const [key, hash] of Object.entries(hashes))
        if (hash === null) drop.run(source, key);
        else put.run(source, key, hash);
      db.query("DELETE FROM query_batches WHERE source = ?").run(source);
    },
    forget,
  };
}
