/** What main and the workers say to each other. Plain data: it crosses threads. */
import type { FaultBody } from "../domain/fault.ts";
import type { Unit } from "../domain/provider.ts";
import type { IngestResult } from "../domain/source.ts";

/** Facts about a source's session that the shipper knows and the bytes may not say. */
export type Hint = {
  readonly cwd?: string;
  readonly project?: string;
  readonly git_repo?: string;
  readonly git_branch?: string;
  readonly environment?: string;
  /** Milliseconds UTC. */
  readonly started_at?: number;
  /** Our own sample sessions. */
  readonly demo?: boolean;
};

/** Bytes of a source at an offset. `bytes` is transferred: the sender's copy is gone. */
export type IngestRequest = {
  /** The token's device. */
  readonly device: string;
  readonly provider: string;
  readonly path: string;
  readonly generation: number;
  readonly offset: number;
  readonly unit: Unit;
  readonly size?: number;
  /** `bytes` are whole lines to append wherever the source ends, each only once (the JSON form); `offset` is ignored. */
  readonly lines?: true;
  readonly hint: Hint;
  readonly bytes: ArrayBuffer;
};

/** Beyond `ok` both outcomes are resynchronisation: the caller goes on where it is told. */
export type IngestReply =
  | { readonly kind: "ok"; readonly result: IngestResult }
  | { readonly kind: "gap"; readonly through: number }
  | { readonly kind: "diverged"; readonly generation: number; readonly through: number };

/** What a commit changed; main reads the rows again and tells the live feed. Session = row number. */
export type Changed = {
  readonly sessions: readonly number[];
  readonly appended: readonly { readonly session: number; readonly eventId: string | null }[];
  /** UUIDs. */
  readonly deleted: readonly string[];
};

/** Where the writer stands; sent with `changed` and when it becomes idle. Bytes. */
export type WriterStatus = { readonly behindBytes: number; readonly walBytes: number };

export type ToWriter =
  | { readonly type: "open"; readonly path: string }
  | { readonly type: "ingest"; readonly id: number; readonly request: IngestRequest }
  | { readonly type: "run"; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly type: "indexer"; readonly port: MessagePort }
  | { readonly type: "close" };

export type FromWriter =
  | { readonly type: "ready" }
  /** `status` with an ingest's answer: whoever then asks how far deriving is must not hear of the time before. */
  | { readonly type: "reply"; readonly id: number; readonly value: unknown; readonly status?: WriterStatus }
  | {
      readonly type: "fault";
      readonly id: number | null;
      readonly body: FaultBody;
      readonly details: Record<string, unknown>;
    }
  | { readonly type: "changed"; readonly changed: Changed; readonly status: WriterStatus }
  /** Nothing is left to do. */
  | { readonly type: "rested" }
  /** For the log: it goes on. */
  | { readonly type: "trouble"; readonly message: string }
  | { readonly type: "ingested"; readonly provider: string; readonly bytes: number; readonly events: number }
  | { readonly type: "closed" };

/**
 * Derived text, writer → indexer after commit, so that nothing is read back. The n events stand at positions
 * `position`, `position + 1`, …; `text` joins their texts, `columns` holds 4 numbers an event:
 * kind, at (ms, NaN unknown), tool (row in names, 0 none), length of its text (UTF-16 units; 0 = not to be indexed).
 * Without columns: the change is of kind `session` (title, project … of the row), nothing else.
 * Packets come in the order of their change. One that is not the cursor's next tells that what lies between stands in
 * `changes` only: that is read first.
 */
export type Packet = {
  /** Row in `changes`. A packet at or below the indexer's cursor is skipped. */
  readonly change: number;
  readonly session: number;
  readonly position: number;
  readonly columns: Float64Array;
  readonly text: string;
};

/** Over the port between writer and indexer. */
export type ToIndexer =
  | { readonly type: "packet"; readonly packet: Packet }
  /** Something that has no packet is in `changes` (title, deletion, rebuilt session, or credit ran out): read it there. */
  | { readonly type: "look" };
/** `cursor`: rows of `changes` up to here are in search.db for good; told when the indexer comes to rest. */
export type FromIndexer =
  { readonly type: "credit"; readonly characters: number } | { readonly type: "cursor"; readonly cursor: number };
