/** What agents want decided: asked for once, answered once, and told to the agent, also when a server was killed in between. */
import type { App } from "../app.ts";
import type { Approval } from "../domain/chat.ts";
import { Fault } from "../domain/fault.ts";
import type { Ask, Decision } from "../domain/turn.ts";
import { sha256 } from "../lib/crypto.ts";
import { approvalById } from "../store/approvals.ts";
import type { TurnRow } from "../store/turns.ts";
import type { OpenTurn } from "./turn/turn.ts";

export type Approvals = {
  /** Notes what a turn asks; after a crash once more, which changes nothing. */
  ask(row: TurnRow, ask: Ask): Promise<void>;
  /** The agent does not wait for it any more. */
  withdraw(turn: string, ask: string): Promise<void>;
  /** Throws a Fault `not_found`, `already_answered`, `withdrawn`; the same answer again is no fault. */
  answer(id: string, decision: Decision, by: string): Promise<Approval>;
};

/** `openOf` gives the turn that runs under an id; null when none does. */
export function createApprovals(app: App, openOf: (turn: string) => Promise<OpenTurn | null>): Approvals {
  const tell = (id: string) => {
    const approval = approvalById(app.db, id);
    if (approval) app.feed.publish({ type: "approval", approval: shown(approval) });
  };
  return {
    async ask(row, ask) {
      const id = approvalId(row.id, ask.id);
      await app.writer.run("addApproval", { id, turn: row.id, session: row.session_id, ask });
      const { state, decision } = approvalById(app.db, id)!;
      if (state === "pending") return tell(id);
      // Answered while we were killed: the agent may not have been told.
      if (state === "answered" && decision) await (await openOf(row.id))?.decide(ask.id, decision);
    },
    async withdraw(turn, ask) {
      const id = approvalId(turn, ask);
      await app.writer.run("withdrawApproval", { id });
      tell(id);
    },
    async answer(id, decision, by) {
      const state = await app.writer.run("answerApproval", { id, decision, by });
      const approval = approvalById(app.db, id);
      if (state === null || !approval) throw new Fault("not_found", "Nobody asks that.");
      if (state === "withdrawn") throw new Fault("withdrawn", "The agent does not wait for this any more.");
      if (state === "answered" && !Bun.deepEquals(approval.decision, decision))
        throw new Fault("already_answered", "It was answered already, with something else.");
      if (state === "counts") {
        app.log.audit("approval answered", { id, decision: decision.kind, by });
        await (await openOf(approval.turn_id))?.decide(approval.ask, decision);
        tell(id);
      }
      return shown(approval);
    },
  };
}

/** The same for the same ask of a turn, also after a crash; nothing of the protocol is in it. */
export function approvalId(turn: string, ask: string): string {
  return Buffer.from(sha256(`${turn}\n${ask}`))
    .toString("hex")
    .slice(0, 32);
}

/** Without what only we need to know. */
function shown(approval: Approval): Approval {
  const { id, session_id, turn_id, kind, title, tool_kind, detail, options, state, asked_at, answer } = approval;
  return { id, session_id, turn_id, kind, title, tool_kind, detail, options, state, asked_at, answer };
}
