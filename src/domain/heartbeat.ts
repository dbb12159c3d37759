/** What a shipper says of itself every interval (POST /api/agents/heartbeat, API.md section 3). */
import type { State } from "./session.ts";

/** Between two heartbeats, seconds. */
export const HEARTBEAT_S = 30;

/** A session whose agent process runs; `waiting_for` = what it asks a person. */
export type LiveSession = {
  readonly provider: string;
  readonly provider_session_id: string;
  readonly state: Exclude<State, "ended">;
  readonly tool?: string;
  readonly waiting_for?: string;
  readonly since?: string;
};

/** Bytes unless said otherwise; `sources` and `failed` are counts. */
export type ProviderProgress = {
  readonly sources: number;
  readonly bytes: number;
  readonly acked: number;
  readonly spooled: number;
  readonly failed: number;
  readonly paused: boolean;
};

export type Heartbeat = {
  readonly version: string;
  readonly started_at: string | null;
  readonly providers: Readonly<Record<string, ProviderProgress>>;
  readonly live: readonly LiveSession[];
  /** Sources that the server refuses for good. */
  readonly failed: readonly { readonly path: string; readonly code: string; readonly at: string }[];
  /** Bytes; null = unknown. */
  readonly disk_free: number | null;
  /** Why files are looked at again and again instead of watched ("asked", "ENOSPC"); absent or null = they are watched. */
  readonly polling?: string | null;
};

/** The answer. `resend`: sources whose bytes from `from` on the server wants again. */
export type HeartbeatReply = {
  readonly archive_id: string;
  readonly epoch: number;
  readonly interval_s: number;
  readonly resend: readonly {
    readonly provider: string;
    readonly path: string;
    readonly generation: number;
    readonly from: number;
  }[];
};
