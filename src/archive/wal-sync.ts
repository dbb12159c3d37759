/**
 * Brings the WAL to the disk beside the writer's turns. A commit that waits for its own fsync has the writer stand still as
 * long as the disk takes; so groups are committed without, and answered when a sync that began after their commit has ended.
 * SQLite holds no locks on the -wal file: a descriptor of our own takes none away.
 */
import type { Database } from "bun:sqlite";
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** Elsewhere an fsync is not enough (macOS: F_FULLFSYNC), and only SQLite knows how to do more. */
const ASIDE = process.platform === "linux";

/** Told of the error, or null: the bytes are on the disk. */
type Told = (error: unknown) => void;

/** Of one WAL. */
export class WalSync {
  /** How groups are committed. */
  readonly mode = ASIDE ? "NORMAL" : "FULL";
  #fd: number | null = null;
  #waiting: Told[] = [];
  #flying: Told[] = [];
  #running = false;
  #closed = false;
  /** A sync failed: what the system then forgets would be taken for synced by the next one. */
  #doubt = false;

  constructor(
    readonly db: Database,
    readonly path: string,
  ) {}

  /** Syncs what is committed so far; gives where to ask to be told. */
  begin(): (told: Told) => void {
    let outcome: { readonly error: unknown } | null = null;
    let told: Told = () => {};
    this.#waiting.push((error) => {
      outcome = { error };
      told(error);
    });
    this.#next();
    return (callback) => {
      if (outcome) callback(outcome.error);
      else told = callback;
    };
  }

  /** Syncs what is left and tells of it, now. */
  close(): void {
    this.#closed = true;
    if (this.#flying.length + this.#waiting.length > 0)
      this.#settle([...this.#flying.splice(0), ...this.#waiting.splice(0)], this.#now());
    if (!this.#running) this.#release();
  }

  #next() {
    if (!ASIDE) return this.#settle(this.#waiting.splice(0), null);
    if (this.#running || this.#waiting.length === 0) return;
    this.#flying = this.#waiting.splice(0);
    if (this.#doubt) return this.#settle(this.#flying.splice(0), this.#rescue());
    try {
      this.#running = true;
      fdatasync(this.#descriptor(), (error) => this.#landed(error));
    } catch (error) {
      this.#landed(error);
    }
  }

  #landed(error: unknown) {
    this.#running = false;
    if (this.#closed) return this.#release();
    this.#settle(this.#flying.splice(0), error);
    this.#next();
  }

  #settle(all: readonly Told[], error: unknown) {
    if (error) this.#doubt = true;
    for (const told of all) told(error ?? null);
  }

  #now(): unknown {
    if (this.#doubt) return this.#rescue();
    try {
      fdatasyncSync(this.#descriptor());
      return null;
    } catch (error) {
      return error;
    }
  }

  /** Has the WAL copied into the database and that synced. The error, or null when all of it is. */
  #rescue(): unknown {
    try {
      this.db.run("PRAGMA synchronous = FULL");
      const { busy } = this.db.query<{ busy: number }, []>("PRAGMA wal_checkpoint(FULL)").get()!;
      if (busy !== 0) return new Error("the WAL is being read");
      this.#doubt = false;
      return null;
    } catch (error) {
      return error;
    }
  }

  /** Opened when the first group is committed: then the file is there, and it is this one until the database is closed. */
  #descriptor(): number {
    return (this.#fd ??= openSync(`${this.path}-wal`, "r"));
  }

  #release() {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}
