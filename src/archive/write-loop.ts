/**
 * The writer's turns, one at a time: commands, then archive (group commit, fsync, then the answers), then derive, then
 * what can wait for quiet. Archiving stops while 8 MiB wait to be derived: that bounds memory.
 */
import type { Database } from "bun:sqlite";
import type { Fault } from "../domain/fault.ts";
import { KIB, MIB } from "../domain/limits.ts";
import { createSweep } from "../lib/sweep.ts";
import { PROVIDERS } from "../providers/all.ts";
import { looseSources, settle } from "../store/bytes.ts";
import { pruneChanges } from "../store/event-rows.ts";
import { reindexLeft, reindexStep, resetOutdated } from "../store/reindex.ts";
import { sessionName } from "../store/session-state.ts";
import { sqliteFault } from "../store/sqlite-fault.ts";
import { write } from "../store/write.ts";
import type { Command, Effects } from "../store/write.ts";
import { checkpointWhenLarge, truncate, walBytes } from "./checkpoint.ts";
import { COMMANDS } from "./commands.ts";
import { createDeriver } from "./derive.ts";
import type { Step } from "./derive.ts";
import { createHashing } from "./hashing.ts";
import { archive } from "./ingest.ts";
import type { Archived } from "./ingest.ts";
import type { Changed, FromIndexer, FromWriter, IngestReply, IngestRequest, Packet, WriterStatus } from "./protocol.ts";
import { recordSlices } from "./record.ts";
import { lastEventId } from "./slice.ts";

const QUEUE_MAX = 4 * MIB;
const GROUP_MAX = 3 * MIB;
/** Requests up to this size are answered with what they derived; larger ones do not wait for it. */
const ANSWER_DERIVED = 256 * KIB;
/** Characters that may be on their way to the indexer. */
const CREDIT = 2 * 1024 * 1024;
const QUIET_MS = 2000;
/** What parsing leaves. A third of it cost 3 % of the time and saved no memory at the peak. */
const SWEEP = 24 * MIB;

type Ingest = { readonly id: number; readonly request: IngestRequest };
type Run = { readonly id: number; readonly name: string; readonly input: unknown };

/** Owns the write connection; `post` speaks to main. */
export class WriteLoop {
  readonly #deriver;
  readonly #hash;
  readonly #ingests: Ingest[] = [];
  readonly #runs: Run[] = [];
  #indexer: MessagePort | null = null;
  #credit = CREDIT;
  /** Rows of `changes` up to here have been followed. */
  #indexed = 0;
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
    this.#indexer = port;
    port.onmessage = ({ data }: MessageEvent<FromIndexer>) => {
      if (data.type === "cursor") return void (this.#indexed = data.cursor);
      this.#credit += data.characters;
      if (this.busy) this.#schedule();
    };
    port.postMessage({ type: "look" });
  }

  /** Something is left to do now. */
  get busy(): boolean {
    return (
      this.#runs.length > 0 || this.#ingests.length > 0 || this.#mayDerive || this.#deriver.hasTails || this.#mayReindex
    );
  }

  close(): void {
    this.#closed = true;
    if (this.#quiet) clearTimeout(this.#quiet);
    truncate(this.db, this.path, 1000);
    this.db.close();
  }

  get #mayDerive(): boolean {
    return this.#deriver.pending && this.#credit > 0;
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
    else this.#quiet = setTimeout(() => this.#rest(), QUIET_MS);
  }

  #turn() {
    if (this.#quiet) clearTimeout(this.#quiet);
    if (this.#runs.length > 0) this.#runCommand(this.#runs.shift()!);
    else if (this.#ingests.length > 0 && this.#deriver.queuedBytes < QUEUE_MAX) this.#archiveGroup();
    else if (this.#mayDerive) this.#derive(() => this.#deriver.step());
    else if (this.#deriver.hasTails) this.#derive(() => this.#deriver.tails());
    else if (this.#mayReindex) this.#reindex();
    this.#wal = checkpointWhenLarge(this.db, this.path);
    this.#next();
  }

  #archiveGroup() {
    const { group, bytes } = this.#takeGroup();
    const archived = this.#commitGroup(group);
    if (!archived) return;
    const direct = bytes <= ANSWER_DERIVED && !this.#deriver.pending && this.#credit > 0;
    for (const [i, result] of archived.entries()) this.#queue(result, group[i]!.request.provider);
    const step = direct ? this.#derive(() => this.#deriver.step()) : null;
    const status = this.#status;
    for (const [i, result] of archived.entries())
      this.post({ type: "reply", id: group[i]!.id, value: this.#answer(result, step), status });
  }

  #takeGroup() {
    const group: Ingest[] = [];
    let bytes = 0;
    while (this.#ingests.length > 0) {
      const length = this.#ingests[0]!.request.bytes.byteLength;
      if (group.length > 0 && bytes + length > GROUP_MAX) break;
      bytes += length;
      group.push(this.#ingests.shift()!);
    }
    return { group, bytes };
  }

  /** One transaction, one fsync for all of them. On failure each is told; nothing of the group is stored. */
  #commitGroup(group: readonly Ingest[]): Archived[] | null {
    try {
      this.db.run("PRAGMA synchronous = FULL");
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

  #answer(result: Archived, step: Step | null): IngestReply {
    if (result.kind === "gap" || result.kind === "diverged") return result;
    const source = result.kind === "appended" ? result.appended.source : result.source;
    const outcome = step?.outcomes.get(source.id);
    return {
      kind: "ok",
      result: {
        source_id: String(source.id),
        session_id:
          outcome && outcome.inserted + outcome.skipped > 0 ? sessionName(this.db, outcome.session).uuid : null,
        through: result.through,
        events_inserted: outcome?.inserted ?? 0,
        events_skipped: outcome?.skipped ?? 0,
        session_created: outcome?.created ?? false,
        ...(result.kind === "known" && result.discarded ? { discarded: true as const } : {}),
      },
    };
  }

  /** `synchronous = NORMAL`: no fsync, because `derived_through` is in the same transaction. Null when it failed. */
  #derive(act: () => Step): Step | null {
    try {
      this.db.run("PRAGMA synchronous = NORMAL");
      const { step, recorded } = write(this.db, () => {
        const step = act();
        return { step, recorded: recordSlices(this.db, this.#deriver.rows, step.slices) };
      });
      if (recorded.look) this.#indexer?.postMessage({ type: "look" });
      for (const packet of recorded.packets) this.#send(packet);
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

  #send(packet: Packet) {
    if (!this.#indexer) return;
    this.#credit -= packet.text.length;
    this.#indexer.postMessage({ type: "packet", packet }, [packet.columns.buffer as ArrayBuffer]);
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
    const told = {
      sessions: new Set<number>(),
      appended: [] as Changed["appended"][number][],
      deleted: [] as string[],
    };
    let rederive = false;
    const effects: Effects = {
      now: this.now(),
      touched: (session) => void told.sessions.add(session),
      appended: (session, eventId) => void told.appended.push({ session, eventId }),
      deleted: (uuid) => void told.deleted.push(uuid),
      rederive: () => void (rederive = true),
    };
    try {
      this.db.run("PRAGMA synchronous = FULL");
      // Main's side types each command by its own function; here they are all alike.
      const command = COMMANDS[name as keyof typeof COMMANDS] as Command<unknown, unknown>;
      const value = write(this.db, () => command(this.db, input, effects));
      this.post({ type: "reply", id, value });
    } catch (error) {
      return this.#refuse(id, sqliteFault(error));
    }
    if (rederive) {
      this.#left = reindexLeft(this.db);
      this.#deriver.recover();
    }
    // What was deleted must not be read in the WAL either.
    if (told.deleted.length > 0) this.#wal = truncate(this.db, this.path, 20);
    if (told.sessions.size + told.appended.length + told.deleted.length === 0) return;
    // What commands change may be in memory here: it is read again.
    this.#deriver.forget();
    this.#indexer?.postMessage({ type: "look" });
    this.#postChanged({ ...told, sessions: [...told.sessions] });
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
    if (sessions.length > 0) this.#indexer?.postMessage({ type: "look" });
    this.#postChanged({ sessions, appended: [], deleted: [] });
  }

  /** Nothing has happened for a while: join tails, hash, empty the WAL, give memory back. */
  #rest() {
    this.#quiet = null;
    try {
      const loose = looseSources(this.db).slice(0, 64);
      if (loose.length > 0) write(this.db, () => loose.forEach((source) => settle(this.db, source)));
      if (loose.length > 0 || this.#hash()) return void (this.#quiet = setTimeout(() => this.#rest(), 0));
      pruneChanges(this.db, this.#indexed);
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
