/** Frames of GET /api/live: whole rows or doorbells, never changes to apply. A gap in `seq` means refetch. */
import type { Approval, ChatTurn } from "./chat.ts";
import type { Session } from "./session.ts";

/** Progress of a first import: sources and bytes as the shipper counts them; `eta_s` null while unknown. */
export type ImportProgress = {
  readonly sources: number;
  readonly bytes: number;
  readonly done_bytes: number;
  /** Bytes a second. */
  readonly rate: number;
  readonly eta_s: number | null;
  /** The same by agent, in the order in which they were met; absent from an older shipper. */
  readonly agents?: readonly AgentImport[];
};

/** What was found of one agent: its sources, of which `finished` have come in, and their bytes. */
export type AgentImport = {
  readonly provider: string;
  readonly sources: number;
  readonly finished: number;
  readonly bytes: number;
  readonly done_bytes: number;
};

export type Frame =
  | { readonly type: "hello"; readonly version: string; readonly archive_id: string; readonly seq: number }
  | { readonly type: "session"; readonly seq: number; readonly session: Session }
  | { readonly type: "session_deleted"; readonly seq: number; readonly id: string }
  | {
      readonly type: "events";
      readonly seq: number;
      readonly session_id: string;
      readonly last_event_id: string | null;
      readonly revision: number;
    }
  | { readonly type: "turn"; readonly seq: number; readonly turn: ChatTurn }
  | { readonly type: "approval"; readonly seq: number; readonly approval: Approval }
  | { readonly type: "import"; readonly seq: number; readonly import: ImportProgress | null }
  | { readonly type: "ping" };
