/**
 * Sees to it that bytes are acknowledged, or in the spool, or still only in a file that the next pass reads. What the server
 * has not acknowledged after a moment is taken into the spool, newest first, whatever the reason; what a file that went
 * ended with is taken at once, through the descriptor that was kept of it.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs";
import { codeOf } from "../lib/files.ts";
import type { Log } from "../lib/log.ts";
import { Held, type HeldFile } from "./held.ts";
import { freshRow, sourceKey } from "./row.ts";
import type { Found } from "./scan.ts";
import type { Payloads } from "./spool-payloads.ts";
import { makeRoom } from "./spool-room.ts";
import type { SourceRow, Spool } from "./spool.ts";
import { BUFFER, lookIn, PIECE } from "./tail.ts";

export type CustodyOptions = {
  readonly spool: Spool;
  readonly payloads: Payloads;
  readonly log: Log;
  /** What is not acknowledged after so long is taken into the spool, ms. */
  readonly after: number;
  /** An unfinished last line is left to its file until that was quiet so long, ms. */
  readonly quiet: number;
  /** Most bytes of payloads in the spool. */
  readonly max: number;
  /** Whether nothing gets through to the server now. */
  stalled(): boolean;
  /** The spool, or the disk, did not take it. */
  failed(error: unknown): void;
  /** There is something of it in the spool to be sent. */
  taken(found: Found): void;
};

/** `dirty`: something may have been written since it was last taken. `since`: when it began to wait, ms UTC. */
type Waiting = { found: Found; since: number; live: boolean; dirty: boolean };

/** How often it is looked whether something has waited too long, ms; and how long after the disk refused. */
const TICK_MS = 250;
const REFUSED_MS = 5_000;
/** Others may want to be taken first after so long, ms. */
const TURN_MS = 500;

/** Of one shipper; its spool is the only thing it writes. */
export class Custody {
  readonly #waiting = new Map<string, Waiting>();
  readonly #held = new Held();
  /** Ends that are being taken, by the paths at which their files stood. */
  readonly #rescues = new Map<string, Promise<void>>();
  #timer: Timer | null = null;
  #buffer: Uint8Array | null = null;
  #taking: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(readonly options: CustodyOptions) {}

  /** A source is to be sent: from now on it waits. One that is written to right now is held open. */
  asked(found: Found, live: boolean): void {
    if (found.unit === "query" || this.#closed) return;
    const before = live ? this.#held.hold(found) : null;
    if (before) void this.#rescue(before);
    const key = sourceKey(found);
    const known = this.#waiting.get(key);
    this.#waiting.set(key, {
      found,
      since: known?.since ?? Date.now(),
      live: live || known?.live === true,
      dirty: true,
    });
    this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
  }

  /** Something of it was acknowledged. */
  moved(found: Found): void {
    const waiting = this.#waiting.get(sourceKey(found));
    if (waiting) waiting.since = Date.now();
  }

  /** All that can be sent of it is acknowledged. */
  rested(found: Found): void {
    this.#waiting.delete(sourceKey(found));
  }

  /**
   * The file with this inode stands at the path. When another was held, its end is taken before anything is known of the new
   * one: true once that is done.
   */
  async replaced(path: string, inode: number): Promise<boolean> {
    const held = this.#held.releaseOther(path, inode);
    const rescue = held ? this.#rescue(held) : this.#rescues.get(path);
    await rescue;
    return rescue !== undefined;
  }

  /** The path, or all below it, is there no more: what it ended with is taken. */
  gone(path: string): void {
    const held = this.#held.release(path);
    for (const each of held ? [held] : this.#held.releaseBelow(path)) void this.#rescue(each);
  }

  /** Looks whether held files still stand where they stood: events can be lost. */
  recheck(): void {
    for (const { path, inode } of this.#held.all())
      if (lstatSync(path, { throwIfNoEntry: false })?.ino !== inode) this.gone(path);
  }

  /** Takes all that waits now, unfinished lines too. Resolves when it is in the spool. */
  async takeAll(): Promise<void> {
    for (const waiting of this.#waiting.values()) if (waiting.dirty) await this.#take(waiting, 0);
    await this.#taking;
  }

  /** Resolves when nothing is being taken any more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#taking;
    this.#held.close();
  }

  async #tick() {
    const began = Date.now();
    let wait = TICK_MS;
    try {
      for (const waiting of this.#overdue(began)) {
        if (this.#closed || Date.now() - began > TURN_MS) break;
        await this.#take(waiting, this.options.quiet);
      }
    } catch (error) {
      // No room on the disk, or no file more may be opened: it stays in its file.
      this.options.log.error("what waits could not be taken into the spool", { error });
      this.options.failed(error);
      wait = REFUSED_MS;
    }
    this.#timer = this.#waiting.size > 0 && !this.#closed ? setTimeout(() => this.#tick(), wait) : null;
  }

  /** While bytes get through, what is not written to right now waits for its turn: it stands in its file as it did before. */
  #overdue(now: number): readonly Waiting[] {
    const stalled = this.options.stalled();
    const overdue: Waiting[] = [];
    for (const waiting of this.#waiting.values()) {
      const { since, dirty, live } = waiting;
      // A clock that was set back must not keep it waiting.
      if (dirty && (live || stalled) && Math.abs(now - since) >= this.options.after) overdue.push(waiting);
    }
    return overdue.sort((a, b) => b.found.mtime - a.found.mtime);
  }

  async #take(waiting: Waiting, quiet: number): Promise<void> {
    waiting.dirty = false;
    const fd = opened(waiting.found.path);
    if (fd === null) return;
    try {
      await this.replaced(waiting.found.path, fstatSync(fd).ino);
      await this.#inTurn(() => this.#takeFrom(waiting.found, fd, { quiet, gone: false }));
    } catch (error) {
      waiting.dirty = true;
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Takes what is left in a file that has lost its place. */
  #rescue({ found, fd }: HeldFile): Promise<void> {
    if (this.#closed) return Promise.resolve(closeSync(fd));
    const rescue = async () => {
      try {
        await this.#takeFrom(found, fd, { quiet: 0, gone: true });
      } catch (error) {
        this.options.log.error("the end of a file that went could not be kept", { path: found.path, error });
      } finally {
        closeSync(fd);
      }
    };
    const done = this.#inTurn(rescue).finally(() => {
      if (this.#rescues.get(found.path) === done) this.#rescues.delete(found.path);
    });
    this.#rescues.set(found.path, done);
    return done;
  }

  /** One at a time: what is taken next begins where the last ended. */
  #inTurn(take: () => Promise<void>): Promise<void> {
    // What comes after the end finds no spool any more.
    const ended = this.#closed;
    const next = this.#taking.then(() => (ended ? undefined : take()));
    this.#taking = next.catch(() => {});
    return next;
  }

  async #takeFrom(found: Found, fd: number, { quiet, gone }: { readonly quiet: number; readonly gone: boolean }) {
    const { spool, payloads } = this.options;
    // One for all: they come one at a time, and ten thousand buffers would stay for a while.
    const buffer = (this.#buffer ??= new Uint8Array(BUFFER));
    let row: SourceRow = payloads.cover(found) ?? spool.find(found.provider, found.path) ?? freshRow(found);
    let any = false;
    for (;;) {
      const look = await lookIn(fd, row, { buffer, limit: PIECE, quiet, now: Date.now() });
      // Where it still stands, whoever sends it says so and tries again.
      if (look.kind === "unreadable" && gone) throw new Error(look.reason);
      if (look.kind !== "piece") break;
      // An empty file is worth no payload.
      if (look.bytes.length === 0) break;
      if (!makeRoom(this.options, { found, bytes: look.bytes.length, gone })) break;
      payloads.add(look.row, look.next, look.bytes);
      row = look.next;
      any = true;
      if (look.rest !== "more") break;
      await new Promise(setImmediate);
    }
    if (any) this.options.taken(found);
  }
}

/** Null when it is not there, or not to be read: then there is nothing to take. */
function opened(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (["EMFILE", "ENFILE"].includes(codeOf(error))) throw error;
    return null;
  }
}
