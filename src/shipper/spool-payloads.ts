/**
 * Bytes that the server has not acknowledged and that their file may not keep: pieces of sources, compressed, each with the
 * row as it will be once the server has the piece. They are sent in the order in which they were taken, before anything
 * else of their source, so the pieces of one generation lie end to end and go on where the server stands.
 */
import { KIB } from "../domain/limits.ts";
import { hash64 } from "./bytes.ts";
import type { SourceRow, Spool } from "./spool.ts";

/** The table. */
export const PAYLOADS = `
CREATE TABLE IF NOT EXISTS payloads (
  id INTEGER PRIMARY KEY AUTOINCREMENT, archive INTEGER NOT NULL, provider TEXT NOT NULL, path TEXT NOT NULL,
  generation INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, aside INTEGER NOT NULL DEFAULT 0,
  mtime REAL NOT NULL, next TEXT NOT NULL, sum TEXT NOT NULL, stored INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS payloads_source ON payloads (archive, provider, path, id);
`;

/** Of small pieces one is made: a line a second for an hour is not to be 3,600 rows. Bytes. */
const MERGE_MAX = 64 * KIB;

export type Payload = {
  readonly id: number;
  readonly generation: number;
  /** Offset of the first byte in its generation. */
  readonly start: number;
  readonly length: number;
  /** Its beginning is lost everywhere: it makes a generation of its own, of which the source's row says nothing. */
  readonly aside: boolean;
  /** The row once the server has it. */
  readonly next: SourceRow;
};

/** A source of which something waits. */
export type Kept = { readonly provider: string; readonly path: string };

type Stored = Omit<Payload, "next" | "aside"> & { readonly aside: number; readonly next: string };

const COLUMNS = "id, generation, start, length, aside, next";

export type Payloads = ReturnType<typeof payloadsOf>;

/** The spool's payloads of the archive that it has chosen. */
export function payloadsOf(spool: Spool) {
  const { db } = spool;
  let stored: number | null = null;

  const read = (row: Stored | null): Payload | null =>
    // `next` was written by `add` and `rekey` only.
    row && { ...row, aside: row.aside === 1, next: JSON.parse(row.next) as SourceRow };
  const edge = (order: "ASC" | "DESC", where = "") => {
    const sql = `SELECT ${COLUMNS} FROM payloads WHERE archive = ? AND provider = ? AND path = ? ${where} ORDER BY id ${order} LIMIT 1`;
    return ({ provider, path }: Kept) =>
      read(db.query<Stored, [number, string, string]>(sql).get(spool.archive, provider, path));
  };
  const first = edge("ASC");
  const last = edge("DESC", "AND aside = 0");

  const insert = (row: SourceRow, next: SourceRow, bytes: Uint8Array) => {
    const z = Bun.zstdCompressSync(new Uint8Array(bytes), { level: 3 });
    const place = [spool.archive, row.provider, row.path, row.generation, row.acked, bytes.length] as const;
    db.query(
      `INSERT INTO payloads (archive, provider, path, generation, start, length, mtime, next, sum, stored, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(...place, next.mtime, JSON.stringify(next), hash64(bytes), z.length, z);
    if (stored !== null) stored += z.length;
  };
  const bytesOf = ({ id }: Payload): Uint8Array<ArrayBuffer> | null => {
    const row = db
      .query<{ bytes: Uint8Array; sum: string }, [number]>("SELECT bytes, sum FROM payloads WHERE id = ?")
      .get(id);
    const bytes = row && unpacked(row.bytes);
    return bytes && hash64(bytes) === row.sum ? bytes : null;
  };
  const drop = ({ id }: Payload) => {
    db.query("DELETE FROM payloads WHERE id = ?").run(id);
    stored = null;
  };
  /** The last piece, when these bytes follow on it and both are small. */
  const grown = (row: SourceRow, bytes: Uint8Array) => {
    const before = last(row);
    const follows = before?.generation === row.generation && before.start + before.length === row.acked;
    if (!before || !follows || before.length + bytes.length > MERGE_MAX) return null;
    const old = bytesOf(before);
    return old && { before, bytes: Buffer.concat([old, bytes]) };
  };

  return {
    first,
    bytesOf,
    drop,
    /** The row as it will be when all that was taken of the source is acknowledged; null = nothing was. */
    cover: (source: Kept): SourceRow | null => last(source)?.next ?? null,
    /** Takes the bytes that stand at the row's `acked`. On the disk, also after a power cut, when it returns. */
    add(row: SourceRow, next: SourceRow, bytes: Uint8Array): void {
      const merged = grown(row, bytes);
      db.run("PRAGMA synchronous = FULL");
      try {
        db.transaction(() => {
          if (merged) drop(merged.before);
          insert(merged ? { ...row, acked: merged.before.start } : row, next, merged?.bytes ?? bytes);
        })();
      } finally {
        db.run("PRAGMA synchronous = NORMAL");
      }
    },
    /** The server has the first `length` bytes of it: the rest begins there. */
    cut(payload: Payload, length: number): void {
      const rest = bytesOf(payload)?.slice(length);
      if (!rest) return;
      const z = Bun.zstdCompressSync(rest, { level: 3 });
      db.query("UPDATE payloads SET start = ?, length = ?, sum = ?, stored = ?, bytes = ? WHERE id = ?").run(
        payload.start + length,
        rest.length,
        hash64(rest),
        z.length,
        z,
        payload.id,
      );
      stored = null;
    },
    /** All pieces of that generation belong to generation `to`; `by` bytes less stand before them. */
    rekey(source: Kept, from: number, { to, by, aside }: { to: number; by: number; aside: boolean }): void {
      const all = db.query<Stored, [number, string, string, number]>(
        `SELECT ${COLUMNS} FROM payloads WHERE archive = ? AND provider = ? AND path = ? AND generation = ?`,
      );
      const put = db.query("UPDATE payloads SET generation = ?, start = ?, next = ?, aside = ? WHERE id = ?");
      db.transaction(() => {
        for (const row of all.all(spool.archive, source.provider, source.path, from)) {
          const { start, next, aside: was } = read(row)!;
          const moved = { ...next, generation: to, acked: next.acked - by };
          put.run(to, start - by, JSON.stringify(moved), Number(aside || was), row.id);
        }
      })();
    },
    /** Forgets the pieces of one generation. */
    forget({ provider, path }: Kept, generation: number): void {
      db.query("DELETE FROM payloads WHERE archive = ? AND provider = ? AND path = ? AND generation = ?").run(
        spool.archive,
        provider,
        path,
        generation,
      );
      stored = null;
    },
    /** The newest generation of which something is kept; -1 = nothing is. */
    newest: ({ provider, path }: Kept): number =>
      db
        .query<{ newest: number }, [number, string, string]>(
          "SELECT coalesce(max(generation), -1) AS newest FROM payloads WHERE archive = ? AND provider = ? AND path = ?",
        )
        .get(spool.archive, provider, path)!.newest,
    /** Sources of which something waits, those that have waited longest first. */
    sources: (): readonly SourceRow[] =>
      db
        .query<Stored, [number]>(
          `SELECT ${COLUMNS}, min(id) FROM payloads WHERE archive = ? GROUP BY provider, path ORDER BY min(id)`,
        )
        .all(spool.archive)
        .map((row) => read(row)!.next),
    /** Bytes of the archive that wait, as they are when they are sent. */
    waiting: (): number =>
      db
        .query<{ sum: number }, [number]>("SELECT total(length) AS sum FROM payloads WHERE archive = ?")
        .get(spool.archive)!.sum,
    /** Bytes on the disk, of all archives. */
    stored: (): number =>
      (stored ??= db.query<{ sum: number }, []>("SELECT total(stored) AS sum FROM payloads").get()!.sum),
    /** Sources of which something waits, oldest file first, with the bytes on the disk: what may have to make room. */
    oldest: (before: number): readonly (Kept & { readonly stored: number })[] =>
      db
        .query<Kept & { stored: number; mtime: number }, [number, number]>(
          `SELECT provider, path, max(mtime) AS mtime, sum(stored) AS stored FROM payloads WHERE archive = ?
           GROUP BY provider, path HAVING mtime < ? ORDER BY mtime`,
        )
        .all(spool.archive, before),
    /** Gives room back to the disk when nothing waits any more. */
    shrink(): void {
      const free = db.query<{ freelist_count: number }, []>("PRAGMA freelist_count").get()!.freelist_count;
      if (free > FREE_PAGES_MAX) db.run("VACUUM");
    },
  };
}

/** 16 MiB of pages. */
const FREE_PAGES_MAX = 4096;

function unpacked(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  try {
    return new Uint8Array(Bun.zstdDecompressSync(new Uint8Array(bytes)));
  } catch {
    return null;
  }
}
