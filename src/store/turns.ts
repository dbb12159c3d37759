/** Messages to sessions and what became of them. Times are milliseconds UTC. */
import type { Database } from "bun:sqlite";
import type { ChatTurn, TurnState } from "../domain/chat.ts";
import type { Outcome, Turn } from "../domain/turn.ts";
import type { Effects } from "./write.ts";

/** What opens a turn's folder again after a crash. The token of its tools is not kept: it is made anew. */
export type TurnRequest = {
  readonly provider: string;
  readonly mode: "resume" | "fork";
  readonly turn: Omit<Turn, "tools">;
  readonly onDisconnect: "continue" | "stop";
  /** Of the lease. */
  readonly fence: number;
};

export type TurnRow = {
  readonly id: string;
  readonly session_id: string;
  readonly request: TurnRequest;
  readonly state: TurnState;
  readonly outcome: Outcome | null;
  readonly workspace: ChatTurn["workspace"];
  readonly provider_session_id: string | null;
  readonly by: string;
  readonly started_at: number;
  readonly ended_at: number | null;
};

type Stored = Omit<TurnRow, "request" | "outcome" | "workspace"> & {
  readonly request: string;
  readonly outcome: string | null;
  readonly workspace: string | null;
};

/** null when there is none. */
export function turnById(db: Database, id: string): TurnRow | null {
  const row = db.query<Stored, [string]>("SELECT * FROM turns WHERE id = ?").get(id);
  return row && parsed(row);
}

/** Those that have not ended, oldest first: after a crash they are found again. */
export function openTurns(db: Database): TurnRow[] {
  return db.query<Stored, []>("SELECT * FROM turns WHERE state <> 'ended' ORDER BY started_at").all().map(parsed);
}

/** A session's turns, newest first. */
export function turnsOf(db: Database, session: string, limit: number): TurnRow[] {
  return db
    .query<Stored, [string, number]>("SELECT * FROM turns WHERE session_id = ? ORDER BY started_at DESC LIMIT ?")
    .all(session, limit)
    .map(parsed);
}

/** Command: notes a turn before anything of it is started. */
export function addTurn(
  db: Database,
  turn: Pick<TurnRow, "id" | "session_id" | "request" | "workspace" | "by">,
  { now }: Effects,
): void {
  db.query(
    "INSERT INTO turns (id, session_id, request, state, workspace, by, started_at) VALUES (?, ?, ?, 'starting', ?, ?, ?)",
  ).run(turn.id, turn.session_id, JSON.stringify(turn.request), JSON.stringify(turn.workspace), turn.by, now);
}

/** Command: notes that the agent runs, and under which id of its own. An ended turn stays ended. */
export function turnRuns(db: Database, { id, psid }: { readonly id: string; readonly psid: string | null }): void {
  db.query(
    "UPDATE turns SET state = 'running', provider_session_id = coalesce(?, provider_session_id) WHERE id = ? AND state <> 'ended'",
  ).run(psid, id);
}

/** Command: notes what became of a turn, once; pending asks of it are withdrawn. Gives the sessions' ids to tell of. */
export function endTurn(
  db: Database,
  {
    id,
    outcome,
    workspace,
  }: { readonly id: string; readonly outcome: Outcome; readonly workspace: ChatTurn["workspace"] },
  { now }: Effects,
): void {
  const ended = db
    .query(
      "UPDATE turns SET state = 'ended', outcome = ?, workspace = ?, ended_at = ? WHERE id = ? AND state <> 'ended'",
    )
    .run(JSON.stringify(outcome), JSON.stringify(workspace), now, id);
  if (ended.changes > 0)
    db.query("UPDATE approvals SET state = 'withdrawn', answered_at = ? WHERE turn_id = ? AND state = 'pending'").run(
      now,
      id,
    );
}

/** As the API gives it. */
export function toChatTurn(row: TurnRow): ChatTurn {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    id: row.id,
    session_id: row.session_id,
    mode: row.request.mode,
    state: row.state,
    outcome: row.outcome,
    message: row.request.turn.prompt,
    workspace: row.workspace,
    provider_session_id: row.provider_session_id,
    started_at: new Date(row.started_at).toISOString(),
    ended_at: time(row.ended_at),
  };
}

/** Written by the commands above only. */
function parsed({ request, outcome, workspace, ...row }: Stored): TurnRow {
  const json = <T>(text: string | null) => (text === null ? null : (JSON.parse(text) as T));
  return {
    ...row,
    request: JSON.parse(request) as TurnRequest,
    outcome: json<Outcome>(outcome),
    workspace: json<NonNullable<ChatTurn["workspace"]>>(workspace),
  };
}
