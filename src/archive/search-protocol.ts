/** What main says to the indexer and the query worker, and they to it. Plain data: it crosses threads. */
import type { FaultBody } from "../domain/fault.ts";
import type { SessionList } from "../domain/session.ts";
import type { Facets } from "../store/facets.ts";
import type { SessionFilters } from "../store/session-filters.ts";
import type { FindCursor } from "./find-cursor.ts";
import type { Near } from "./semantic-protocol.ts";

/** One page of GET /api/agents/sessions with a query; `query` is not empty. */
export type FindRequest = {
  readonly query: string;
  readonly filters: SessionFilters;
  readonly sort: "relevance" | "recent";
  readonly limit: number;
  readonly cursor: string | null;
  /** Passages shown of each session, 1 to 3. */
  readonly passages: number;
  /** The person's time zone, an IANA name: days are days there. Without it, the server's. */
  readonly zone?: string | undefined;
  /** How long it may walk to find the best of all time, milliseconds; without it, as long as a person who types may wait. */
  readonly patience?: number | undefined;
  /** When it was asked for (`moment`): without patience, its time runs from then. */
  readonly asked?: number | undefined;
  /** To be asked by its meaning too, where that is set up. */
  readonly semantic?: boolean | undefined;
  /** What that gave. */
  readonly near?: readonly Near[] | undefined;
};

/** GET /api/agents/facets with a query: which sessions it finds, page by page of time. */
export type CountRequest = Pick<FindRequest, "query" | "filters" | "zone">;

/** Row numbers of sessions found so far, and where to go on: null at the end. */
export type Counting = { readonly sessions: readonly number[]; readonly next: Omit<FindCursor, "given"> | null };

/** `partial`: not all shards were walked. */
export type FoundFacets = Facets & { readonly partial: boolean };

/** Where the databases stand; `longhouse` must have been made already. */
export type SearchPaths = { readonly longhouse: string; readonly search: string };

export type ToIndexerWorker =
  | { readonly type: "open"; readonly paths: SearchPaths }
  /** The channel to the writer; a new one takes the old one's place. */
  | { readonly type: "writer"; readonly port: MessagePort }
  | { readonly type: "reindex" }
  | { readonly type: "damaged"; readonly shard: number }
  | { readonly type: "close" };

export type FromIndexerWorker =
  | { readonly type: "ready" }
  /** Events of the archive that are not in the index yet, as far as `changes` has been followed: up to row `cursor`. */
  | { readonly type: "status"; readonly behind: number; readonly cursor: number }
  /** search.db is a new file. */
  | { readonly type: "replaced"; readonly reason: string }
  | { readonly type: "reindexed" }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "closed" };

export type ToQueryWorker =
  /** `cancelled[0]` = number of the last request that nobody waits for any more. */
  | { readonly type: "open"; readonly paths: SearchPaths; readonly cancelled: Int32Array }
  | { readonly type: "find"; readonly id: number; readonly request: FindRequest }
  | { readonly type: "count"; readonly id: number; readonly request: CountRequest; readonly so_far: Counting | null }
  | { readonly type: "facets"; readonly id: number; readonly sessions: readonly number[] }
  | { readonly type: "close" };

export type FromQueryWorker =
  | { readonly type: "ready" }
  | { readonly type: "found"; readonly id: number; readonly list: SessionList }
  | { readonly type: "counted"; readonly id: number; readonly counting: Counting }
  | { readonly type: "facets"; readonly id: number; readonly facets: Facets }
  | { readonly type: "fault"; readonly id: number; readonly body: FaultBody }
  /** SQLite could not read this shard. */
  | { readonly type: "damaged"; readonly shard: number }
  | { readonly type: "closed" };
