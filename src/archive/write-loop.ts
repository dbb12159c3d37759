/**
 * The writer's turns, one at a time: commands, then archive (group commit; the answers once it is synced), then derive, then
 * what can wait for quiet. Archiving stops while 2 MiB wait to be derived: that bounds memory.
 */
import type { Database } from "bun:sqlite";
import type { Fault } from "../domain/fault.ts";
import { KIB, MIB } from "../domain/limits.ts";
import { createSweep } from "../lib/sweep.ts";
import { PROVIDERS } from "../providers/all.ts";
import { looseSources, settle } from "../store/bytes.ts";
import { pruneChanges } from "../store/event-rows.ts";
import { reindexLeft, reindexStep, resetOutdated } from "../store/reindex.ts";
import { sqliteFault } from "../store/sqlite-fault.ts";
import { write } from "../store/write.ts";
import { checkpointWhenLarge, truncate, walBytes } from "./checkpoint.ts";
import { createDeriver } from "./derive.ts";
import type { Step } from "./derive.ts";
import { createHashing } from "./hashing.ts";
import { createIndexLink } from "./index-link.ts";
import { answerOf, takeGroup } from "./ingest-group.ts";
import type { Ingest } from "./ingest-group.ts";
import { archive } from "./ingest.ts";
import type { Archived } from "./ingest.ts";
import type { Changed, FromWriter, IngestRequest, WriterStatus } from "./protocol.ts";
import { recordSlices } from "./record.ts";
import { runCommand } from "./run-command.ts";
import type { Ran } from "./run-command.ts";
import { lastEventId } from "./slice.ts";
import { WalSync } from "./wal-sync.ts";

const QUEUE_MAX = 2 * MIB;
/** Requests up to this size are answered with what they derived; larger ones do not wait for it. */
const ANSWER_DERIVED = 256 * KIB;
const QUIET_MS = 2000;
/** What parsing leaves is collected after so much. With a half more the peak is 9 MB higher, and nothing faster. */
const SWEEP = 16 * MIB;

type Run = { readonly id: number; readonly name: string; readonly input: unknown };

/** Owns the write connection; `post` speaks to main. */
export class WriteLoop {
  readonly #deriver;
  readonly #hash;
  readonly #sync;
  readonly #ingests: Ingest[] = [];
  readonly #runs: Run[] = [];
  readonly #index = createIndexLink(() => this.busy && this.#schedule());
  readonly #sweep = createSweep(SWEEP);
  #scheduled = false;
  #closed = false;
  #quiet: ReturnType<typeof setTimeout> | null = null;
  #wal: number;
  /** Bytes whose sessions are still to be emptied and derived anew. */
  #left: number;

  constructor(
    readonly db: Database,
    readonly path: string,
    readonly post: (message: FromWriter) => void,
    readonly now: () => number = Date.now,
  ) {
    write(db, () => resetOutdated(db, new Map(PROVIDERS.map(({ name, version }) => [name, version]))));
    this.#left = reindexLeft(db);
    this.#deriver = createDeriver(db, now);
    this.#hash = createHashing(db, now);
    this.#sync = new WalSync(db, path);
    this.#wal = walBytes(path);
    this.#next();
  }

  ingest(id: number, request: IngestRequest): void {
    this.#ingests.push({ id, request });
    this.#schedule();
  }

  run(id: number, name: string, input: unknown): void {
    this.#runs.push({ id, name, input });
    this.#schedule();
  }

  connectIndexer(port: MessagePort): void {
    this.#index.connect(port);
  }

  /** Something can be done now. What waits for the indexer can not: turns that do nothing would take a core from it. */
  get busy(): boolean {
    return this.#runs.length > 0 || this.#mayArchive || this.#mayDerive || this.#mayTail || this.#mayReindex;
  }

  get #mayArchive(): boolean {
    return this.#ingests.length > 0 && this.#deriver.queuedBytes < QUEUE_MAX;
  }

  close(): void {
    this.#closed = true;
    if (this.#quiet) clearTimeout(this.#quiet);
    this.#sync.close();
    truncate(this.db, this.path, 1000);
    this.db.close();
  }

  get #mayDerive(): boolean {
    return this.#deriver.pending && this.#index.isOpen;
  }

  get #mayTail(): boolean {
    return this.#deriver.hasTails && !this.#deriver.pending && this.#index.isOpen;
  }

  /** Nothing waits, not even for the indexer. */
  get #isQuiet(): boolean {
    return this.#ingests.length === 0 && !this.#deriver.pending && !this.#deriver.hasTails;
  }

  /** Deriving comes first, so that few sessions are empty at a time. */
  get #mayReindex(): boolean {
    return this.#left > 0 && !this.#deriver.pending;
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#turn();
    });
  }

  #next() {
    if (this.busy) this.#schedule();
    else if (this.#isQuiet) this.#quiet = setTimeout(() => this.#rest(), QUIET_MS);
  }

  #turn() {
    if (this.#quiet) clearTimeout(this.#quiet);
    if (this.#runs.length > 0) this.#runCommand(this.#runs.shift()!);
    else if (this.#mayArchive) this.#archiveGroup();
    else if (this.#mayDerive) this.#derive(() => this.#deriver.step());
    else if (this.#mayTail) this.#derive(() => this.#deriver.tails());
    else if (this.#mayReindex) this.#reindex();
    this.#wal = checkpointWhenLarge(this.db, this.path);
    this.#next();
  }

  #archiveGroup() {
    const { group, bytes } = takeGroup(this.#ingests);
    const archived = this.#commitGroup(group);
    if (!archived) return;
    const synced = this.#sync.begin();
    const direct = bytes <= ANSWER_DERIVED && !this.#deriver.pending && this.#index.isOpen;
    for (const [i, result] of archived.entries()) this.#queue(result, group[i]!.request.provider);
    const step = direct ? this.#derive(() => this.#deriver.step()) : null;
    const answers = archived.map((result) => answerOf(this.db, result, step));
    synced((error) => {
      for (const [i, { id }] of group.entries())
        if (error) this.#refuse(id, sqliteFault(error));
        else this.post({ type: "reply", id, value: answers[i]!, status: this.#status });
    });
  }

  /** One transaction, one sync for all of them. On failure each is told; nothing of the group is stored. */
  #commitGroup(group: readonly Ingest[]): Archived[] | null {
    try {
      this.db.run(`PRAGMA synchronous = ${this.#sync.mode}`);
      return write(this.db, () => group.map(({ request }) => archive(this.db, request, this.now())));
    } catch (error) {
      for (const { id } of group) this.#refuse(id, sqliteFault(error));
      this.#deriver.recover();
      return null;
    }
  }

  #queue(result: Archived, provider: string) {
    if (result.kind !== "appended") return;
    const { source, offset, bytes } = result.appended;
    this.#deriver.enqueue(source.id, offset, bytes);
    this.#sweep.passed(bytes.length);
    this.post({ type: "ingested", provider, bytes: bytes.length, events: 0 });
  }

  /** `synchronous = NORMAL`: no fsync, because `derived_through` is in the same transaction. Null when it failed. */
  #derive(act: () => Step): Step | null {
    try {
      this.db.run("PRAGMA synchronous = NORMAL");
      const { step, recorded } = write(this.db, () => {
        const step = act();
        return { step, recorded: recordSlices(this.db, this.#deriver.rows, step.slices) };
      });
      if (recorded.look) this.#index.look();
      for (const packet of recorded.packets) this.#index.send(packet);
      this.#announce(step);
      return step;
    } catch (error) {
      this.#deriveFailed(sqliteFault(error));
      return null;
    }
  }

  /** The bytes are safe. A full disk passes; a source that trips us up is left alone until the next start. */
  #deriveFailed(fault: Fault) {
    if (fault.code !== "disk_full") {
      const source = this.#deriver.skipCurrent();
      this.post({ type: "trouble", message: `source ${source ?? "?"} can not be derived: ${fault.message}` });
    }
    this.#deriver.recover();
  }

  #announce({ slices, outcomes }: Step) {
    const sessions = new Set<number>(slices.keys());
    let events = 0;
    for (const outcome of outcomes.values()) {
      sessions.add(outcome.session);
      events += outcome.inserted;
    }
    if (events > 0) this.post({ type: "ingested", provider: "", bytes: 0, events });
    const appended = [...slices].map(([session, slice]) => ({ session, eventId: lastEventId(slice) }));
    this.#postChanged({ sessions: [...sessions], appended, deleted: [] });
  }

  #postChanged(changed: Changed) {
    this.post({ type: "changed", changed, status: this.#status });
  }

  get #status(): WriterStatus {
    return { behindBytes: this.#deriver.behindBytes + this.#left, walBytes: this.#wal };
  }

  #runCommand({ id, name, input }: Run) {
    let ran: Ran;
    try {
      this.db.run("PRAGMA synchronous = FULL");
      ran = runCommand(this.db, name, input, this.now());
    } catch (error) {
      return this.#refuse(id, sqliteFault(error));
    }
    this.post({ type: "reply", id, value: ran.value });
    if (ran.rederive) {
      this.#left = reindexLeft(this.db);
      this.#deriver.recover();
    }
    if (ran.changed) this.#commandChanged(ran.changed);
  }

  #commandChanged(changed: Changed) {
    // What was deleted must not be read in the WAL either.
    if (changed.deleted.length > 0) this.#wal = truncate(this.db, this.path, 20);
    // What commands change may be in memory here: it is read again.
    this.#deriver.forget();
    this.#index.look();
    this.#postChanged(changed);
  }

  /** Empties the next few sessions, to be derived anew. */
  #reindex() {
    const sessions: number[] = [];
    try {
      this.db.run("PRAGMA synchronous = NORMAL");
      write(this.db, () => reindexStep(this.db, (session) => sessions.push(session)));
      this.#left = reindexLeft(this.db);
    } catch (error) {
      // The next start goes on.
      this.#left = 0;
      this.post({ type: "trouble", message: `deriving anew stopped: ${sqliteFault(error).message}` });
    }
    this.#deriver.recover();
    if (sessions.length > 0) this.#index.look();
    this.#postChanged({ sessions, appended: [], deleted: [] });
  }

  /** Nothing has happened for a while: join tails, hash, empty the WAL, give memory back. */
  #rest() {
    this.#quiet = null;
    try {
      const loose = looseSources(this.db).slice(0, 64);
      if (loose.length > 0) write(this.db, () => loose.forEach((source) => settle(this.db, source)));
      if (loose.length > 0 || this.#hash()) return void (this.#quiet = setTimeout(() => this.#rest(), 0));
      pruneChanges(this.db, this.#index.indexed);
      this.#wal = truncate(this.db, this.path, 20);
      this.#deriver.forget();
      this.db.run("PRAGMA shrink_memory");
      Bun.gc(true);
      this.#postChanged({ sessions: [], appended: [], deleted: [] });
      this.post({ type: "rested" });
    } catch (error) {
      const fault = sqliteFault(error);
      if (fault.code === "disk_full") this.#next();
      else this.#refuse(null, fault);
    }
  }

  /** `id` null: the writer itself can not go on. */
  #refuse(id: number | null, { code, message, hint, details }: Fault) {
    this.post({ type: "fault", id, body: { error: { code, message, hint } }, details: { ...details } });
  }
}
