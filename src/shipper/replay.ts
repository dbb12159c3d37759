/** Sends what the spool keeps of a source. */
import { refused } from "./refusal.ts";
import { RESYNCS_MAX, startOver } from "./row.ts";
import { type Outcome, sendPiece } from "./ship.ts";
import type { Payload } from "./spool-payloads.ts";
import type { SourceRow } from "./spool.ts";
import type { Step, Stepped } from "./step.ts";
import { lookAt, TRUSTED } from "./tail.ts";

/** One step with the oldest piece that is kept of the source. */
export async function replay(step: Step, payload: Payload): Promise<Stepped> {
  const { payloads, target, signal } = step;
  const kept = payloads.bytesOf(payload);
  if (!kept) return damaged(step, payload);
  const bytes = kept.subarray(0, step.limit);
  const row = { ...payload.next, acked: payload.start };
  const release = await step.room(bytes.length);
  try {
    return await settle(step, { payload, bytes }, await sendPiece(target, row, bytes, signal));
  } finally {
    release();
  }
}

type Sent = { readonly payload: Payload; readonly bytes: Uint8Array };

async function settle(step: Step, { payload, bytes }: Sent, outcome: Outcome): Promise<Stepped> {
  switch (outcome.kind) {
    case "accepted":
      if (bytes.length < payload.length) step.payloads.cut(payload, bytes.length);
      else acknowledge(step, payload);
      return { kind: "sent", bytes: bytes.length, events: outcome.events, derived: outcome.derived, rest: "more" };
    case "later":
      return outcome;
    case "paused":
      return { kind: "paused", reason: outcome.reason };
    case "resync":
      return await resync(step, payload, outcome);
    case "refused":
      return refused(step, rowOf(step, payload), { ...outcome, bytes: bytes.length });
    default:
      return outcome satisfies never;
  }
}

/** The row moves on with the piece, unless it is further already. */
function acknowledge({ spool, payloads }: Step, payload: Payload) {
  const row = spool.find(payload.next.provider, payload.next.path);
  const further = row?.generation === payload.generation && row.acked > payload.next.acked && row.claim === "";
  spool.db.transaction(() => {
    if (!payload.aside && !further) spool.put(payload.next);
    payloads.drop(payload);
  })();
}

type Told = Extract<Outcome, { kind: "resync" }>;

async function resync(step: Step, payload: Payload, told: Told): Promise<Stepped> {
  const { log, payloads, resyncs } = step;
  const { path } = payload.next;
  const [from, to] = [
    [payload.generation, payload.start],
    [told.generation, told.through],
  ];
  log.info("the server says where to go on with what the spool keeps", { path, from, to });
  const elsewhere = told.generation !== payload.generation;
  const fits = told.through >= payload.start && resyncs < RESYNCS_MAX;
  if (elsewhere && fits) {
    payloads.rekey(payload.next, payload.generation, { to: told.generation, by: 0, aside: payload.aside });
    return { kind: "resynced" };
  }
  if (!elsewhere) step.lost(told);
  if (resyncs < RESYNCS_MAX && (await isInFile(step, payload))) return fromFile(step, payload, told);
  return apart(step, payload, told);
}

/** Whether the file still holds all that is kept of this generation, and what comes before it. */
async function isInFile({ payloads, buffer, limit }: Step, { generation, next }: Payload): Promise<boolean> {
  const cover = payloads.cover(next);
  if (cover?.generation !== generation) return false;
  const look = await lookAt(cover, { buffer, limit, quiet: 0, now: Date.now() });
  return "row" in look && look.row.generation === generation;
}

/** The server has less than it said, and the file has it all: it goes on from there. */
function fromFile({ spool, payloads }: Step, { generation, next }: Payload, told: Told): Stepped {
  const row = startOver({ ...next, generation: told.generation });
  spool.db.transaction(() => {
    payloads.forget(next, generation);
    spool.put(told.generation === generation ? { ...row, acked: told.through, claim: TRUSTED } : row);
  })();
  return { kind: "resynced" };
}

/** What came before these bytes is neither in the archive nor on this machine: they make a generation of their own. */
function apart({ spool, log, payloads }: Step, { generation, start, next }: Payload, told: Told): Stepped {
  const row = spool.find(next.provider, next.path);
  const to = Math.max(payloads.newest(next), row?.generation ?? 0, told.generation) + 1;
  const { path } = next;
  if (start > told.through)
    log.error("bytes are lost: neither the archive nor this machine has them", {
      path,
      generation,
      bytes: [told.through, start],
    });
  payloads.rekey(next, generation, { to, by: start, aside: true });
  return { kind: "resynced" };
}

/** The spool gives other bytes than it was given. Those that follow on them find their own way. */
function damaged(step: Step, payload: Payload): Stepped {
  const { path } = payload.next;
  step.log.error("bytes kept in the spool are damaged, and lost unless their file has them", {
    path,
    generation: payload.generation,
    bytes: [payload.start, payload.start + payload.length],
  });
  step.spool.put({ ...rowOf(step, payload), failure: "spool_damaged", failedAt: Date.now() });
  step.payloads.drop(payload);
  return { kind: "resynced" };
}

/** The source's row; before anything of it was acknowledged, one that says so. */
function rowOf({ spool }: Step, { next, start }: Payload): SourceRow {
  return spool.find(next.provider, next.path) ?? { ...next, acked: start };
}
