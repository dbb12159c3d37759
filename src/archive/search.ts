/** Main's side of search: the indexer worker (writes search.db) and the query worker (reads it). */
import type { SessionList } from "../domain/session.ts";
import type { SessionFilters } from "../store/session-filters.ts";

/** One page of GET /api/agents/sessions with a query; `query` is not empty. */
export type FindRequest = {
  readonly query: string;
  readonly filters: SessionFilters;
  readonly sort: "relevance" | "recent";
  readonly limit: number;
  readonly cursor: string | null;
  /** Passages shown of each session, 1 to 3. */
  readonly passages: number;
};

/** Bytes of search.db with its WAL; events that stand in the archive and not yet in the index. */
export type SearchStatus = { readonly bytes: number; readonly behind: number };

export type Search = {
  /** Rejects with Fault `bad_request` for a cursor that is not ours; aborting rejects with the signal's reason. */
  find(request: FindRequest, signal?: AbortSignal): Promise<SessionList>;
  status(): SearchStatus;
  /** Builds the whole index anew from the archive, the old one answering meanwhile. Resolves when it is done. */
  reindex(): Promise<void>;
  close(): Promise<void>;
  /** The writer's end of the channel to the indexer: `writer.connectIndexer(search.indexerPort)`. */
  readonly indexerPort: MessagePort;
};

/** Where the databases stand; `longhouse` must have been made already. */
export type SearchPaths = { readonly longhouse: string; readonly search: string };

/** Starts both workers on the databases' paths; resolves once they answer. */
export function startSearch(_paths: SearchPaths): Promise<Search> {
  throw new Error("not yet built");
}
