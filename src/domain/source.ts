/** Sources: one provider file on one device, with generations. */
import type { Unit } from "./provider.ts";

/** What a source is for its session. `main` is derived; `replica` repeats the main's bytes. */
export const SOURCE_ROLES = ["new", "main", "replica", "sidecar", "packed", "plain", "other"] as const;
export type SourceRole = (typeof SOURCE_ROLES)[number];

/** Ends the path of a source that was unpacked from another: no file has it, and no list shows it. */
export const PLAIN = "#plain";

/** A source as GET /api/agents/sources gives it. `sha256` of the first `through` bytes, null until quiet. */
export type Source = {
  readonly id: string;
  readonly device_id: string;
  readonly provider: string;
  readonly path: string;
  readonly generation: number;
  readonly unit: Unit;
  readonly through: number;
  readonly sha256: string | null;
  readonly session_id: string | null;
  readonly last_at: string | null;
  /** Its session was deleted: the bytes are gone, `through` still moves on. */
  readonly discarded?: true;
};

export type SourceList = { readonly sources: readonly Source[]; readonly next: string | null };

/** The 200 of POST /api/agents/ingest. */
export type IngestResult = {
  readonly source_id: string;
  readonly session_id: string | null;
  readonly through: number;
  readonly events_inserted: number;
  readonly events_skipped: number;
  readonly session_created: boolean;
  readonly discarded?: true;
};
