/** Going on with a session: turns, who holds it, and what waits for a person (API.md section 6). */
import type { Outcome } from "./turn.ts";

/** Where a turn works. `scratch` = an empty folder of ours. */
export const WORKSPACES = ["original", "clone", "scratch"] as const;
export type WorkspaceKind = (typeof WORKSPACES)[number];

/** A place that the person may choose when facts came from another device. */
export type WorkspaceChoice = {
  readonly kind: WorkspaceKind;
  readonly path?: string;
  readonly url?: string;
  /** What choosing it means, in a sentence. */
  readonly note: string;
};

/** Who holds a session. `terminal` = somebody has it open there, or its file grows. */
export type Holder = {
  readonly kind: "turn" | "terminal" | "run";
  readonly id: string;
  readonly device_id: string;
  /** ISO. */
  readonly since: string;
};

export type SessionLock = {
  readonly locked: boolean;
  readonly holder: Holder | null;
  /** ISO; null = as long as the terminal lives. */
  readonly expires_at: string | null;
  readonly fork_available: boolean;
};

export type TurnState = "starting" | "running" | "ended";

/** One message to a session and what became of it. */
export type ChatTurn = {
  readonly id: string;
  /** The session it was asked of. */
  readonly session_id: string;
  readonly mode: "resume" | "fork";
  readonly state: TurnState;
  /** null until it ended. */
  readonly outcome: Outcome | null;
  readonly message: string;
  readonly workspace: { readonly kind: WorkspaceKind; readonly path: string; readonly changed: boolean } | null;
  /** The agent's own id of the session that it writes; of a fork another one. */
  readonly provider_session_id: string | null;
  readonly started_at: string;
  readonly ended_at: string | null;
};

export type ApprovalState = "pending" | "answered" | "withdrawn";

/** What an agent wants decided, as the inbox shows it. */
export type Approval = {
  readonly id: string;
  readonly session_id: string;
  readonly turn_id: string;
  readonly kind: "tool" | "question" | "plan";
  readonly title: string;
  readonly tool_kind: string | null;
  /** What exactly: the command, the plan. Plain text. */
  readonly detail: string;
  readonly options: {
    /** Whether `session` is among the decisions. */
    readonly for_session: boolean;
    readonly questions: readonly {
      readonly text: string;
      readonly options: readonly { readonly label: string; readonly note?: string }[];
      readonly several: boolean;
    }[];
  };
  readonly state: ApprovalState;
  readonly asked_at: string;
  readonly answer: { readonly decision: "once" | "session" | "deny"; readonly reason?: string } | null;
};
