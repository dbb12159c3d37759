/**
 * What the shipper knows of each source, in a database of its own beside the device token. It is a memory, not the truth:
 * the truth is the file and the server. Losing it costs a comparison with the server, nothing else.
 */
import { Database } from "bun:sqlite";
import { chmodSync, closeSync, existsSync, openSync } from "node:fs";
import type { ProviderProgress } from "../domain/heartbeat.ts";
import type { Unit } from "../domain/provider.ts";
import { codeOf } from "../lib/files.ts";
import { PAYLOADS } from "./spool-payloads.ts";
import { serverKey } from "./token.ts";

/** A source as it was when last looked at. Bytes and milliseconds UTC. */
export type SourceRow = {
  readonly provider: string;
  readonly path: string;
  readonly unit: Unit;
  readonly generation: number;
  readonly inode: number;
  readonly size: number;
  readonly mtime: number;
  /** Hash of the first `headLength` bytes, "" = none taken yet. */
  readonly head: string;
  readonly headLength: number;
  /** Hash of the last bytes before `acked`; of unit `file`, once all is acknowledged, of the whole file. */
  readonly tail: string;
  readonly acked: number;
  /** SHA-256 of the first `acked` bytes as the server said it; compared with the file before anything is sent. "" = ours. */
  readonly claim: string;
  /** Times that the server refused it; after five it is `failed`. */
  readonly refusals: number;
  /** Why it cannot go on; null = it can. */
  readonly failure: string | null;
  readonly failedAt: number | null;
  /** What the server said to that, in its words; null = nothing. */
  readonly said: string | null;
};

export type FailedSource = {
  readonly path: string;
  readonly code: string;
  /** What the server said; null = it was not asked. */
  readonly said: string | null;
  readonly at: number;
};

/** A refused item is given up, and kept visible, after this many refusals. */
export const REFUSALS_MAX = 5;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS archives (id INTEGER PRIMARY KEY, archive_id TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, url TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sources (
  archive INTEGER NOT NULL, provider TEXT NOT NULL, path TEXT NOT NULL, unit TEXT NOT NULL, generation INTEGER NOT NULL,
  inode INTEGER NOT NULL, size INTEGER NOT NULL, mtime REAL NOT NULL, head TEXT NOT NULL, headLength INTEGER NOT NULL,
  tail TEXT NOT NULL, acked INTEGER NOT NULL, claim TEXT NOT NULL, refusals INTEGER NOT NULL, failure TEXT, failedAt INTEGER, said TEXT,
  PRIMARY KEY (archive, provider, path)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS wakes (id INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT NOT NULL, progress TEXT, done INTEGER NOT NULL DEFAULT 0) STRICT;
${PAYLOADS}`;

const COLUMNS =
  "provider, path, unit, generation, inode, size, mtime, head, headLength, tail, acked, claim, refusals, failure, failedAt, said";

/** Whether an error says that the database itself is damaged. */
export function isDamage(error: unknown): boolean {
  return /malformed|not a database|corrupt/i.test(String(error));
}

/** What stands for an archive that was never met, until it is. */
const unmet = (url: string): string => `unmet ${serverKey(url)}`;

/** Of two that make the file at once one is told that it is locked: for this step SQLite does not wait by itself. */
function toWal(db: Database) {
  for (let tries = 100; ; tries--)
    try {
      return void db.run("PRAGMA journal_mode = WAL");
    } catch (error) {
      if (tries === 0 || !/locked|busy/i.test(String(error))) throw error;
      Bun.sleepSync(20);
    }
}

/** The open database, and which archive its rows are read for. */
export class Spool {
  readonly db: Database;
  #archive = 0;

  constructor(path: string) {
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
    this.db = new Database(path, { create: true, readwrite: true, strict: true });
    try {
      chmodSync(path, 0o600);
      this.db.run("PRAGMA busy_timeout = 5000");
      toWal(this.db);
      // Not FULL: after a power cut the last steps are sent again, and the server skips what it has.
      this.db.run("PRAGMA synchronous = NORMAL");
      this.db.run("PRAGMA cache_size = -1000");
      this.db.run(SCHEMA);
      this.#addSaid();
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  /** Spools of before did not keep what the server said. */
  #addSaid() {
    const has = () => this.db.query("SELECT 1 FROM pragma_table_info('sources') WHERE name = 'said'").get() !== null;
    if (has()) return;
    this.db.transaction(() => has() || this.db.run("ALTER TABLE sources ADD COLUMN said TEXT")).immediate();
  }

  /** Whether a table can be read from end to end. */
  isSound(table: string): boolean {
    try {
      return this.db.query<{ quick_check: string }, []>(`PRAGMA quick_check(${table})`).get()?.quick_check === "ok";
    } catch (error) {
      if (isDamage(error)) return false;
      throw error;
    }
  }

  /** Reads and writes rows of this archive from now on. `known` false: nothing is remembered of it, or its epoch changed. */
  choose(archiveId: string, { epoch, url }: { readonly epoch: number; readonly url: string }): { known: boolean } {
    const find = this.db.query<{ id: number; epoch: number }, [string]>(
      "SELECT id, epoch FROM archives WHERE archive_id = ?",
    );
    const before = find.get(archiveId);
    const waited = this.#archive;
    this.db
      .query(
        "INSERT INTO archives (archive_id, epoch, url) VALUES (?1, ?2, ?3) ON CONFLICT (archive_id) DO UPDATE SET url = ?3",
      )
      .run(archiveId, before ? before.epoch : -1, serverKey(url));
    this.#archive = find.get(archiveId)!.id;
    const isPlaceholder = this.db
      .query<{ id: number }, [number, string]>("SELECT id FROM archives WHERE id = ? AND archive_id = ?")
      .get(waited, unmet(url));
    if (!before || isPlaceholder) this.#inherit(waited, url);
    return { known: before?.epoch === epoch };
  }

  /** An archive that is new here gets what was to go to the one that stood at its URL before, or was never met. */
  #inherit(from: number, url: string): void {
    const same = this.db.query<{ id: number }, [number, string]>("SELECT id FROM archives WHERE id = ? AND url = ?");
    if (from === this.#archive || !same.get(from, serverKey(url))) return;
    this.db.query("UPDATE payloads SET archive = ? WHERE archive = ?").run(this.#archive, from);
  }

  /** Reads and writes rows of the archive that was last met at `url`; of a placeholder when none ever was. */
  chooseUnmet(url: string): void {
    if (this.chooseByUrl(url)) return;
    this.db
      .query("INSERT OR IGNORE INTO archives (archive_id, epoch, url) VALUES (?, -1, ?)")
      .run(unmet(url), serverKey(url));
    this.chooseByUrl(url);
  }

  /** Reads rows of the archive that was last met at `url`; false when there was none. */
  chooseByUrl(url: string): boolean {
    // A placeholder is newer than an archive that was first met under another name of its server.
    const found = this.db
      .query<{ id: number }, [string, string]>(
        "SELECT id FROM archives WHERE url = ? ORDER BY archive_id = ?, id DESC LIMIT 1",
      )
      .get(serverKey(url), unmet(url));
    this.#archive = found?.id ?? 0;
    return found !== null;
  }

  /** The number of the archive that rows are read for; 0 = none was chosen yet. */
  get archive(): number {
    return this.#archive;
  }

  /** Replaces all rows by what the server has, and notes its epoch, in one transaction. */
  adopt(rows: readonly SourceRow[], epoch: number): void {
    this.db.transaction(() => {
      this.db.query("DELETE FROM sources WHERE archive = ?").run(this.#archive);
      for (const row of rows) this.put(row);
      this.db.query("UPDATE archives SET epoch = ? WHERE id = ?").run(epoch, this.#archive);
    })();
  }

  find(provider: string, path: string): SourceRow | null {
    return this.db
      .query<SourceRow, [number, string, string]>(
        `SELECT ${COLUMNS} FROM sources WHERE archive = ? AND provider = ? AND path = ?`,
      )
      .get(this.#archive, provider, path);
  }

  /** Sources of which the server has something. */
  acknowledged(): readonly SourceRow[] {
    return this.db
      .query<SourceRow, [number]>(`SELECT ${COLUMNS} FROM sources WHERE archive = ? AND acked > 0`)
      .all(this.#archive);
  }

  /** Sources of which the server had not all when they were last looked at, and of which nobody was told that they went. */
  unfinished(): readonly SourceRow[] {
    return this.db
      .query<SourceRow, [number]>(
        `SELECT ${COLUMNS} FROM sources WHERE archive = ? AND acked < size AND unit <> 'query' AND failure IS NOT 'vanished'`,
      )
      .all(this.#archive);
  }

  put(row: SourceRow): void {
    this.db
      .query(
        `INSERT OR REPLACE INTO sources (archive, ${COLUMNS}) VALUES
         ($archive, $provider, $path, $unit, $generation, $inode, $size, $mtime, $head, $headLength, $tail, $acked, $claim, $refusals, $failure, $failedAt, $said)`,
      )
      // Rows that were kept with pieces by a version of before do not have `said`.
      .run({ ...row, said: row.said ?? null, archive: this.#archive });
  }

  /** Each provider's sources, their bytes as last seen, how many of those the server has, and how many wait in here. */
  progress(): Record<string, ProviderProgress> {
    const rows = this.db
      .query<{ provider: string; sources: number; bytes: number; acked: number; failed: number }, [number, number]>(
        `SELECT provider, count(*) AS sources, sum(size) AS bytes, sum(min(acked, size)) AS acked,
         sum(failure IS NOT NULL AND refusals >= ?) AS failed FROM sources WHERE archive = ? GROUP BY provider`,
      )
      .all(REFUSALS_MAX, this.#archive);
    const kept = this.db.query<{ provider: string; bytes: number }, [number]>(
      "SELECT provider, sum(length) AS bytes FROM payloads WHERE archive = ? GROUP BY provider",
    );
    const spooled = new Map(kept.all(this.#archive).map(({ provider, bytes }) => [provider, bytes]));
    const none = { sources: 0, bytes: 0, acked: 0, failed: 0 };
    const known = new Map(rows.map(({ provider, ...row }) => [provider, row]));
    return Object.fromEntries(
      [...new Set([...known.keys(), ...spooled.keys()])].map((provider) => [
        provider,
        { ...(known.get(provider) ?? none), spooled: spooled.get(provider) ?? 0, paused: false },
      ]),
    );
  }

  /** What cannot go on and why, newest first. */
  failures(limit = 100): FailedSource[] {
    return this.db
      .query<FailedSource, [number, number]>(
        "SELECT path, failure AS code, said, failedAt AS at FROM sources WHERE archive = ? AND failure IS NOT NULL ORDER BY failedAt DESC LIMIT ?",
      )
      .all(this.#archive, limit);
  }

  /** Sources that cannot go on for that reason. */
  failedWith(failure: string): readonly SourceRow[] {
    return this.db
      .query<SourceRow, [number, string]>(`SELECT ${COLUMNS} FROM sources WHERE archive = ? AND failure = ?`)
      .all(this.#archive, failure);
  }

  /** Other paths of the provider's at which a file with the row's inode was seen. */
  sameInode({ provider, path, unit, inode }: SourceRow): readonly string[] {
    const rows = this.db.query<{ path: string }, [number, string, string, string, number]>(
      "SELECT path FROM sources WHERE archive = ? AND provider = ? AND path <> ? AND unit = ? AND inode = ?",
    );
    return rows.all(this.#archive, provider, path, unit, inode).map((row) => row.path);
  }

  /** Paths of all that cannot go on. */
  failing(): ReadonlySet<string> {
    const rows = this.db
      .query<{ path: string }, [number]>("SELECT path FROM sources WHERE archive = ? AND failure IS NOT NULL")
      .all(this.#archive);
    return new Set(rows.map(({ path }) => path));
  }

  /** Lets what was given up after its refusals be tried again; what nobody can try again is told no more. */
  forgive(): void {
    this.db
      .query(
        `UPDATE sources SET size = acked, failure = NULL, failedAt = NULL, said = NULL WHERE archive = ? AND failure = 'vanished'`,
      )
      .run(this.#archive);
    this.db.query("UPDATE sources SET refusals = 0 WHERE archive = ? AND refusals > 0").run(this.#archive);
  }

  /** A fact that stands for all archives ("last_ship_at"). */
  meta(key: string): string | null {
    return this.db.query<{ value: string }, [string]>("SELECT value FROM meta WHERE key = ?").get(key)?.value ?? null;
  }

  /** A note for others to read; nothing depends on it. A disk that is full at the moment does not take it. */
  setMeta(key: string, value: string): void {
    try {
      this.db.query("INSERT OR REPLACE INTO meta VALUES (?, ?)").run(key, value);
    } catch (error) {
      if (!/^SQLITE_(FULL|IOERR|READONLY|BUSY)/.test(codeOf(error))) throw error;
    }
  }

  close(): void {
    this.db.close();
  }
}
