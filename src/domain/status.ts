/** GET /api/status (API.md section 7): what the status page, the health dot and `longhouse status` show. */
import type { ImportProgress } from "./frame.ts";

/** A machine with a token. `last_seen_at` = its last heartbeat or ingest; `spooled` = what it has not got rid of yet. */
export type DeviceStatus = {
  readonly id: string;
  readonly name?: string;
  readonly last_seen_at: string | null;
  readonly version?: string | null;
  readonly spooled?: number;
  readonly failed?: number;
  readonly paused?: boolean;
  /** Why its files are looked at again and again instead of watched; null = they are watched. */
  readonly polling?: string | null;
  /** Some of the sources that were refused for good, and why. */
  readonly refused?: readonly { readonly path: string; readonly code: string; readonly at: string }[];
  /** What it has of each agent; bytes. */
  readonly agents?: readonly { readonly provider: string; readonly sources: number; readonly bytes: number }[];
  /** Bytes; null = unknown. */
  readonly disk_free?: number | null;
};

/** Something that went wrong lately and is not over. */
export type StatusError = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly at: string;
};

/** Search by meaning. `left`: events still to be looked at; `error`: what is wrong with the server of embeddings, if anything. */
export type SemanticStatus = {
  /** `waiting`: for the server to be well again. */
  readonly state: "starting" | "working" | "ready" | "waiting";
  readonly model: string;
  /** Host and port of the server of embeddings. */
  readonly server: string;
  readonly vectors: number;
  readonly left: number;
  readonly error: string | null;
};

/** Sizes in bytes. */
export type Status = {
  readonly version: string;
  readonly uptime_s: number;
  readonly archive_id: string;
  readonly home: { readonly free: number; readonly total: number };
  readonly db: { readonly bytes: number; readonly wal_bytes: number };
  /** `semantic` only while search by meaning is set up. */
  readonly search: { readonly bytes: number; readonly behind: number; readonly semantic?: SemanticStatus };
  readonly derive: { readonly behind_bytes: number };
  readonly import: ImportProgress | null;
  /** Sources of deleted sessions, and their bytes: what was here, and what came since and was thrown away. */
  readonly discarded: { readonly sources: number; readonly bytes: number };
  readonly devices: readonly DeviceStatus[];
  readonly errors: readonly StatusError[];
};
