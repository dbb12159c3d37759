/** Going on with a session, as typed functions (API.md section 6). */
import type { Approval, ApprovalState, SessionLock } from "../../src/domain/chat.ts";
import { call } from "../api/call.ts";

/** Begins a turn: the answer is its stream, or a Fault's body. Given up with the signal, the turn goes on. */
export const startTurn = (session: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
  fetch(`/api/sessions/${session}/chat`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });

/** The stream of a turn that runs or has ended, behind the event `last`. */
export const rejoinTurn = (turn: string, last: number, signal?: AbortSignal): Promise<Response> =>
  fetch(`/api/turns/${turn}/stream`, { headers: { "Last-Event-ID": String(last) }, ...(signal && { signal }) });

/** Asks a turn to stop. */
export const cancelTurn = (turn: string): Promise<unknown> =>
  call(`/api/turns/${turn}/cancellation`, { method: "PUT" });

/** Who holds a session now. */
export const getLock = (session: string, signal?: AbortSignal): Promise<SessionLock> =>
  call(`/api/sessions/${session}/lock`, { signal });

/** What agents want decided, newest first. */
export const listApprovals = (
  state: ApprovalState,
  signal?: AbortSignal,
): Promise<{ readonly approvals: readonly Approval[] }> => call(`/api/approvals?state=${state}`, { signal });

/** Answers what an agent asks. */
export const answerApproval = (id: string, body: unknown): Promise<Approval> =>
  call(`/api/approvals/${id}`, { method: "PUT", body });

/** The folder of ours in which the last turn worked, and what is changed there (paths, at most 1,000). */
export type LeftThere = {
  readonly workspace: { readonly kind: string; readonly path: string } | null;
  readonly changes: readonly string[];
};

/** What the session's last turn left behind. */
export const getWorkspace = (session: string, signal?: AbortSignal): Promise<LeftThere> =>
  call(`/api/sessions/${session}/workspace`, { signal });

/** Lets the folder stay, or removes it with all that is in it. */
export const decideWorkspace = (session: string, decision: "keep" | "discard"): Promise<LeftThere> =>
  call(`/api/sessions/${session}/workspace`, { method: "PUT", body: { decision } });
