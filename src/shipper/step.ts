/** One step of bringing a source to the server: look, send a piece, keep what came of it. */
import type { Log } from "../lib/log.ts";
import type { Databases } from "./databases.ts";
import { freshRow, nextGeneration, RESYNCS_MAX, startOver, WELL } from "./row.ts";
import type { Found } from "./scan.ts";
import { refused } from "./refusal.ts";
import { replay } from "./replay.ts";
import { type Outcome, sendPiece, type Target } from "./ship.ts";
import type { Payloads } from "./spool-payloads.ts";
import { SPOOL_FULL } from "./spool-room.ts";
import type { SourceRow, Spool } from "./spool.ts";
import { type Look, lookAt, type Piece, TRUSTED } from "./tail.ts";
import { movedTo, settleVanished, VANISHED } from "./vanished.ts";

export type Step = {
  readonly spool: Spool;
  readonly payloads: Payloads;
  readonly databases: Databases;
  readonly log: Log;
  readonly target: Target;
  readonly found: Found;
  /** BUFFER bytes, this step's alone. */
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** Longest piece that the server takes, bytes. */
  readonly limit: number;
  /** Answers of the kind "go there" since the last byte of this source was accepted. */
  readonly resyncs: number;
  readonly quiet: number;
  readonly signal: AbortSignal;
  /** The file with this inode stands at the path now; true when the end of the one before was taken into the spool first. */
  replaced(path: string, inode: number): Promise<boolean>;
  /** The server has less of the source than it said before. */
  lost(told: { readonly through: number }): void;
  /** Waits until `bytes` more may be under way; gives what to call when they are not any more. */
  room(bytes: number): Promise<() => void>;
};

export type Stepped =
  | {
      readonly kind: "sent";
      readonly bytes: number;
      readonly events: number;
      readonly derived: boolean;
      readonly rest: Piece["rest"];
    }
  /** The server said where to go on: do so at once. */
  | { readonly kind: "resynced" }
  /** Pieces must be smaller: at most `limit` bytes. */
  | { readonly kind: "split"; readonly limit: number }
  | { readonly kind: "later"; readonly reason: string; readonly retryAfter: number | null }
  | { readonly kind: "paused"; readonly reason: string }
  /** Nothing to send now; look again at `until` (ms UTC) unless it is null. */
  | { readonly kind: "resting"; readonly until: number | null }
  /** Its file cannot be read now. */
  | { readonly kind: "unreadable" }
  | { readonly kind: "refused" };

/** Takes one step. Throws only when the spool cannot be written. */
export async function takeStep(step: Step): Promise<Stepped> {
  const { spool, payloads, databases, found, target, signal } = step;
  const kept = payloads.first(found);
  if (kept) return replay(step, kept);
  const known = spool.find(found.provider, found.path);
  const row = known ?? freshRow(found);
  const look =
    found.unit === "query" ? databases.look(row, found, step.limit) : await lookAt(row, { ...step, now: Date.now() });
  // A file that came and went before anything of it was sent: an editor's temporary one.
  if (look.kind === "gone" && !known) return { kind: "resting", until: null };
  if (found.unit !== "query" && "row" in look && (await step.replaced(found.path, look.row.inode)))
    return { kind: "resynced" };
  if (look.kind !== "piece") return rest(step, row, look);
  const release = await step.room(look.bytes.length);
  try {
    // The view is into our own ArrayBuffer.
    const bytes = look.bytes as Uint8Array<ArrayBuffer>;
    return settle(step, look, await sendPiece(target, look.row, bytes, signal));
  } finally {
    release();
  }
}

function rest({ spool, log, found }: Step, before: SourceRow, look: Exclude<Look, Piece>): Stepped {
  if (look.kind === "unreadable") {
    failed({ spool, log }, before, { failure: look.reason, message: "a file cannot be read" });
    return { kind: "unreadable" };
  }
  if (look.kind === "gone" && before.acked < Math.max(before.size, found.size)) vanished({ spool, log }, before);
  if (look.kind === "even" || look.kind === "held") keep(spool, before, look.row);
  return { kind: "resting", until: look.kind === "held" ? look.until : null };
}

function vanished({ spool, log }: Pick<Step, "spool" | "log">, row: SourceRow) {
  if (movedTo(spool, row) !== null) return settleVanished(spool, row);
  // What was lost for want of room has been told of already.
  if (row.failure === SPOOL_FULL) return;
  failed({ spool, log }, row, { failure: VANISHED, message: "a file vanished before all of it was shipped" });
}

type Failed = { readonly failure: string; readonly message: string };

function failed({ spool, log }: Pick<Step, "spool" | "log">, row: SourceRow, { failure, message }: Failed) {
  if (row.failure === failure) return;
  log.warn(message, { path: row.path, reason: failure, acked: row.acked, size: row.size });
  spool.put({ ...row, failure, failedAt: Date.now(), said: null });
}

/** What was seen is written down only when it is new: a look over ten thousand files must not write. */
function keep(spool: Spool, before: SourceRow, row: SourceRow) {
  const readable = row.refusals > 0 ? row : { ...row, ...WELL };
  if (!Bun.deepEquals(before, readable)) spool.put(readable);
}

function settle(step: Step, { row, next, bytes, rest }: Piece, outcome: Outcome): Stepped {
  switch (outcome.kind) {
    case "accepted":
      if (rest === "none" && outcome.through > next.acked && !outcome.discarded) return cut(step, row, outcome.through);
      if (row.unit === "query") step.databases.acknowledge(next);
      else step.spool.put(next);
      return { kind: "sent", bytes: bytes.length, events: outcome.events, derived: outcome.derived, rest };
    case "later":
    case "paused":
      return outcome.kind === "later" ? outcome : { kind: "paused", reason: outcome.reason };
    case "resync":
      return resync(step, row, outcome);
    case "refused":
      return refused(step, row, { ...outcome, bytes: bytes.length });
    default:
      return outcome satisfies never;
  }
}

/** The file ends where the server has more: it was cut while nobody remembered how long it was. */
function cut({ spool, log }: Step, row: SourceRow, through: number): Stepped {
  log.info("a file is shorter than what is archived of it", { path: row.path, size: row.size, through });
  spool.put(nextGeneration(row));
  return { kind: "resynced" };
}

function resync(step: Step, row: SourceRow, told: Extract<Outcome, { kind: "resync" }>): Stepped {
  const { spool, log, resyncs } = step;
  const { generation, through } = told;
  if (generation === row.generation && through < row.acked) step.lost(told);
  log.info("the server says where to go on", {
    path: row.path,
    from: [row.generation, row.acked],
    to: [generation, through],
  });
  spool.put(goTo(row, told, resyncs));
  return { kind: "resynced" };
}

/** Another generation is compared from its first byte: the server looked at one piece only. */
function goTo(row: SourceRow, told: Extract<Outcome, { kind: "resync" }>, resyncs: number): SourceRow {
  if (resyncs >= RESYNCS_MAX) return nextGeneration({ ...row, generation: Math.max(row.generation, told.generation) });
  if (told.generation !== row.generation) return startOver({ ...row, generation: told.generation });
  return { ...startOver(row), acked: Math.min(told.through, row.acked), claim: TRUSTED };
}
