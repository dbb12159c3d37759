/**
 * The writer's turns, one at a time: commands, then archive (group commit, fsync, then the answers), then derive, then
 * what can wait for quiet. Archiving stops while 8 MiB wait to be derived: that bounds memory.
 */
import type { Database } from "bun:sqlite";
import { Fault } from "../domain/fault.ts";
import { KIB, MIB } from "../domain/limits.ts";
import { PROVIDERS } from "../providers/all.ts";
import { resetOutdated } from "../store/reindex.ts";
import { looseSources, settle } from "../store/bytes.ts";
import { raiseRevision, sessionName } from "../store/session-state.ts";
import { write } from "../store/write.ts";
import type { Effects } from "../store/write.ts";
import { lastEventId } from "./apply.ts";
import type { Slice } from "./apply.ts";
import { checkpointWhenLarge, truncate, walBytes } from "./checkpoint.ts";
import { COMMANDS } from "./commands.ts";
import { createDeriver } from "./derive.ts";
import type { Outcome, Step } from "./derive.ts";
import { createHashing } from "./hashing.ts";
import { archive } from "./ingest.ts";
import type { Archived } from "./ingest.ts";
import type { Changed, FromWriter, IngestReply, IngestRequest, Packet } from "./protocol.ts";

const QUEUE_MAX = 8 * MIB;
const GROUP_MAX = 8 * MIB;
/** Requests up to this size are answered with what they derived; larger ones do not wait for it. */
const ANSWER_DERIVED = 256 * KIB;
/** Characters that may be on their way to the indexer. */
const CREDIT = 4 * 1024 * 1024;
const QUIET_MS = 2000;
/** A forced collection after so many bytes keeps the peak 90 MB lower; more often costs speed. */
const BYTES_PER_GC = 20 * MIB;

type Ingest = { readonly id: number; readonly request: IngestRequest };
type Run = { readonly id: number; readonly name: string; readonly input: unknown };

export type WriteLoop = ReturnType<typeof createWriteLoop>;

/** `post` speaks to main. */
export function createWriteLoop(db: Database, path: string, post: (message: FromWriter) => void) {
  const now = () => Date.now();
  const deriver = createDeriver(db, now);
  const hash = createHashing(db, now);
  const ingests: Ingest[] = [];
  const runs: Run[] = [];
  let indexer: MessagePort | null = null;
  let credit = CREDIT;
  let sinceGc = 0;
  let scheduled = false;
  let quiet: ReturnType<typeof setTimeout> | null = null;
  let wal = walBytes(path);

  write(db, () => resetOutdated(db, new Map(PROVIDERS.map(({ name, version }) => [name, version]))));
  deriver.catchUp();

  const hasWork = () => runs.length > 0 || ingests.length > 0 || (deriver.pending && credit > 0) || deriver.hasTails;

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      turn();
    });
  };

  const turn = () => {
    if (quiet) clearTimeout(quiet);
    try {
      if (runs.length > 0) runCommand(runs.shift()!);
      else if (ingests.length > 0 && deriver.queuedBytes < QUEUE_MAX) archiveGroup();
      else if (deriver.pending && credit > 0) deriveSlice(() => deriver.step());
      else if (deriver.hasTails) deriveSlice(() => deriver.tails());
    } catch (error) {
      fail(error);
    }
    wal = checkpointWhenLarge(db, path);
    if (sinceGc > BYTES_PER_GC) {
      sinceGc = 0;
      Bun.gc(true);
    }
    if (hasWork()) schedule();
    else quiet = setTimeout(rest, QUIET_MS);
  };

  const archiveGroup = () => {
    const group: Ingest[] = [];
    let bytes = 0;
    while (ingests.length > 0 && (group.length === 0 || bytes + ingests[0]!.request.bytes.byteLength <= GROUP_MAX)) {
      bytes += ingests[0]!.request.bytes.byteLength;
      group.push(ingests.shift()!);
    }
    const archived = commitGroup(group);
    if (!archived) return;
    const direct = bytes <= ANSWER_DERIVED && !deriver.pending && credit > 0;
    for (const [i, result] of archived.entries()) {
      if (result.kind !== "appended") continue;
      const { source, offset, bytes: fresh } = result.appended;
      deriver.enqueue(source.id, offset, fresh);
      sinceGc += fresh.length;
      post({ type: "ingested", provider: group[i]!.request.provider, bytes: fresh.length, events: 0 });
    }
    const step = direct ? deriveSlice(() => deriver.step()) : null;
    for (const [i, result] of archived.entries())
      post({ type: "reply", id: group[i]!.id, value: answer(result, step) });
  };

  /** One transaction, one fsync for all of them. On failure each is told; nothing of the group is stored. */
  const commitGroup = (group: readonly Ingest[]): Archived[] | null => {
    try {
      db.run("PRAGMA synchronous = FULL");
      return write(db, () => group.map(({ request }) => archive(db, request, now())));
    } catch (error) {
      for (const { id } of group) postFault(id, error);
      deriver.recover();
      return null;
    }
  };

  const answer = (result: Archived, step: Step | null): IngestReply => {
    if (result.kind === "gap" || result.kind === "diverged") return result;
    const source = result.kind === "appended" ? result.appended.source.id : result.source.id;
    const outcome = step?.outcomes.get(source);
    return {
      kind: "ok",
      result: {
        source_id: String(source),
        session_id: outcome && outcome.inserted + outcome.skipped > 0 ? sessionName(db, outcome.session).uuid : null,
        through: result.through,
        events_inserted: outcome?.inserted ?? 0,
        events_skipped: outcome?.skipped ?? 0,
        session_created: outcome?.created ?? false,
        ...(result.kind === "known" && result.discarded ? { discarded: true as const } : {}),
      },
    };
  };

  /** `synchronous = NORMAL`: no fsync, because `derived_through` is in the same transaction. */
  const deriveSlice = (act: () => Step): Step | null => {
    try {
      db.run("PRAGMA synchronous = NORMAL");
      const { step, packets, look } = write(db, () => {
        const step = act();
        return { step, ...record(step.slices) };
      });
      if (look) indexer?.postMessage({ type: "look" });
      for (const packet of packets) send(packet);
      announce(step);
      return step;
    } catch (error) {
      deriver.recover();
      throw error;
    }
  };

  /** Rows of `changes`; the packets that spare the indexer from reading the texts back. */
  const record = (slices: ReadonlyMap<number, Slice>) => {
    const packets: Packet[] = [];
    let look = false;
    for (const [session, slice] of slices) {
      if (slice.rewritten.size > 0) {
        look = true;
        raiseRevision(db, session);
      }
      if (slice.rewritten.has(0)) deriver.rows.change("rebuilt", session);
      else for (const position of slice.rewritten) deriver.rows.change("events", session, position, 1);
      if (sessionName(db, session).title !== slice.title)
        packets.push(packet(deriver.rows.change("session", session), session, slice.first, [], ""));
      if (slice.texts.length === 0) continue;
      const change = deriver.rows.change("events", session, slice.first, slice.texts.length);
      packets.push(packet(change, session, slice.first, slice.columns, slice.texts.join("")));
    }
    return { packets, look };
  };

  const packet = (
    change: number,
    session: number,
    position: number,
    columns: readonly number[],
    text: string,
  ): Packet => ({
    change,
    session,
    position,
    columns: Float64Array.from(columns),
    text,
  });

  const send = (packet: Packet) => {
    if (!indexer) return;
    credit -= packet.text.length;
    indexer.postMessage({ type: "packet", packet }, [packet.columns.buffer as ArrayBuffer]);
  };

  const announce = ({ slices, outcomes }: Step) => {
    const sessions = new Set<number>(slices.keys());
    for (const outcome of outcomes.values()) sessions.add(outcome.session);
    const appended = [...slices].map(([session, slice]) => ({ session, eventId: lastEventId(slice) }));
    postChanged({ sessions: [...sessions], appended, deleted: [] });
  };

  const postChanged = (changed: Changed) =>
    post({ type: "changed", changed, status: { behindBytes: deriver.behindBytes, walBytes: wal } });

  const runCommand = ({ id, name, input }: Run) => {
    const touched = new Set<number>();
    const appended: { session: number; eventId: string | null }[] = [];
    const deleted: string[] = [];
    const effects: Effects = {
      now: now(),
      touched: (session) => void touched.add(session),
      appended: (session, eventId) => void appended.push({ session, eventId }),
      deleted: (uuid) => void deleted.push(uuid),
      rederive: () => void (rederive = true),
    };
    let rederive = false;
    try {
      db.run("PRAGMA synchronous = FULL");
      const command = COMMANDS[name as keyof typeof COMMANDS] as (
        db: Database,
        input: unknown,
        effects: Effects,
      ) => unknown;
      const value = write(db, () => command(db, input, effects));
      post({ type: "reply", id, value });
    } catch (error) {
      return postFault(id, error);
    }
    if (rederive) deriver.recover();
    if (touched.size + appended.length + deleted.length === 0) return;
    // What commands change may be in memory here: it is read again.
    deriver.forget();
    indexer?.postMessage({ type: "look" });
    postChanged({ sessions: [...touched], appended, deleted });
  };

  /** Nothing has happened for a while: join tails, hash, empty the WAL, give memory back. */
  const rest = () => {
    quiet = null;
    try {
      const loose = looseSources(db).slice(0, 64);
      if (loose.length > 0) write(db, () => loose.forEach((source) => settle(db, source)));
      if (loose.length > 0 || hash()) return void (quiet = setTimeout(rest, 0));
      wal = truncate(db, path, 20);
      db.run("PRAGMA shrink_memory");
      Bun.gc(true);
      postChanged({ sessions: [], appended: [], deleted: [] });
    } catch (error) {
      fail(error);
    }
  };

  const postFault = (id: number | null, error: unknown) => {
    const { code, message, hint, details } = toFault(error);
    post({ type: "fault", id, body: { error: { code, message, hint } }, details: { ...details } });
  };

  /** A full disk passes; anything else here is a damaged database or a bug, and the server must say so. */
  const fail = (error: unknown) => {
    const fault = toFault(error);
    if (fault.code !== "disk_full") return postFault(null, fault);
    setTimeout(schedule, QUIET_MS);
  };

  if (hasWork()) schedule();
  else quiet = setTimeout(rest, QUIET_MS);

  return {
    ingest(id: number, request: IngestRequest): void {
      ingests.push({ id, request });
      schedule();
    },
    run(id: number, name: string, input: unknown): void {
      runs.push({ id, name, input });
      schedule();
    },
    connectIndexer(port: MessagePort): void {
      indexer = port;
      port.onmessage = ({ data }: MessageEvent<{ characters?: number }>) => {
        credit += data.characters ?? 0;
        if (hasWork()) schedule();
      };
      indexer.postMessage({ type: "look" });
    },
    /** Something is left to do now. */
    get busy(): boolean {
      return hasWork();
    },
    close(): void {
      if (quiet) clearTimeout(quiet);
      truncate(db, path, 1000);
      db.close();
    },
  };
}

/** SQLite's words as a Fault. */
function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/full|ENOSPC|no space/i.test(message))
    return new Fault(
      "disk_full",
      "The disk is full: nothing more can be archived.",
      "Free some space; nothing is lost meanwhile.",
    );
  if (/malformed|corrupt|not a database/i.test(message))
    return new Fault(
      "internal",
      `The archive is damaged: ${message}.`,
      "Stop Longhouse, keep the file, restore a backup.",
    );
  return new Fault("internal", `The writer failed: ${message}`, undefined, {
    stack: error instanceof Error ? error.stack : null,
  });
}
