/** What agents ask of a person. A row outlives the browser and the server. Times are milliseconds UTC. */
import type { Database } from "bun:sqlite";
import type { Approval, ApprovalState } from "../domain/chat.ts";
import type { Ask, Decision } from "../domain/turn.ts";
import type { Effects } from "./write.ts";

type Row = {
  readonly id: string;
  readonly turn_id: string;
  readonly session_id: string;
  readonly ask: string;
  readonly body: string;
  readonly state: ApprovalState;
  readonly asked_at: number;
  readonly answer: string | null;
};

/** Newest first, of one state or of all. */
export function listApprovals(db: Database, state: ApprovalState | null, limit: number): Approval[] {
  const where = state === null ? "?1 IS NULL" : "state = ?1";
  return db
    .query<Row, [ApprovalState | null, number]>(
      `SELECT * FROM approvals WHERE ${where} ORDER BY asked_at DESC LIMIT ?2`,
    )
    .all(state, limit)
    .map(toApproval);
}

/** What only we need to know: the protocol's own id of what was asked, and the whole answer. */
export type KnownApproval = Approval & { readonly ask: string; readonly decision: Decision | null };

/** null when there is none. */
export function approvalById(db: Database, id: string): KnownApproval | null {
  const row = db.query<Row, [string]>("SELECT * FROM approvals WHERE id = ?").get(id);
  // Written by answerApproval only.
  const decision = row?.answer ? (JSON.parse(row.answer) as Decision) : null;
  return row && { ...toApproval(row), ask: row.ask, decision };
}

export type NewApproval = { readonly id: string; readonly turn: string; readonly session: string; readonly ask: Ask };

/** Command: notes what is asked; asked again after a crash of ours it is the same row. */
export function addApproval(db: Database, { id, turn, session, ask }: NewApproval, effects: Effects): void {
  db.query(
    "INSERT INTO approvals (id, turn_id, session_id, ask, body, state, asked_at) VALUES (?, ?, ?, ?, ?, 'pending', ?) ON CONFLICT DO NOTHING",
  ).run(id, turn, session, ask.id, JSON.stringify(ask), effects.now);
  touch(db, session, effects);
}

export type Answering = { readonly id: string; readonly decision: Decision; readonly by: string };

/** Command: notes a person's answer, once. What it says: the answer counts, or the state that the row was in. */
export function answerApproval(
  db: Database,
  { id, decision, by }: Answering,
  effects: Effects,
): "counts" | ApprovalState | null {
  const changed = db
    .query(
      "UPDATE approvals SET state = 'answered', answer = ?, answered_at = ?, by = ? WHERE id = ? AND state = 'pending'",
    )
    .run(JSON.stringify(decision), effects.now, by, id);
  if (changed.changes > 0) {
    touchOf(db, id, effects);
    return "counts";
  }
  return (
    db.query<{ state: ApprovalState }, [string]>("SELECT state FROM approvals WHERE id = ?").get(id)?.state ?? null
  );
}

/** Command: the agent does not wait for it any more. */
export function withdrawApproval(db: Database, { id }: { readonly id: string }, effects: Effects): void {
  db.query("UPDATE approvals SET state = 'withdrawn', answered_at = ? WHERE id = ? AND state = 'pending'").run(
    effects.now,
    id,
  );
  touchOf(db, id, effects);
}

/** Whether its session waits is another matter now: it is shown anew. */
function touch(db: Database, session: string, effects: Effects) {
  const row = db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE uuid = ?").get(session);
  if (row) effects.touched(row.id);
}

function touchOf(db: Database, approval: string, effects: Effects) {
  const row = db.query<{ session_id: string }, [string]>("SELECT session_id FROM approvals WHERE id = ?").get(approval);
  if (row) touch(db, row.session_id, effects);
}

function toApproval(row: Row): Approval {
  // Written by the commands above only.
  const ask = JSON.parse(row.body) as Ask;
  const decision = row.answer === null ? null : (JSON.parse(row.answer) as Decision);
  return {
    id: row.id,
    session_id: row.session_id,
    turn_id: row.turn_id,
    kind: ask.kind,
    title: ask.title,
    tool_kind: ask.tool,
    detail: ask.detail,
    options: { for_session: ask.forSession, questions: ask.questions },
    state: row.state,
    asked_at: new Date(row.asked_at).toISOString(),
    answer: decision && { decision: decision.kind, ...(decision.kind === "deny" && { reason: decision.reason }) },
  };
}
