/** What main says to the thread of search by meaning, and it to main. Plain data: it crosses threads. */
import type { SemanticStatus } from "../domain/status.ts";
import type { EmbeddingsServer } from "../lib/embeddings.ts";
import type { Backoff } from "../lib/retry.ts";
import type { FindRequest } from "./search-protocol.ts";

/** Where the databases stand; `longhouse` must have been made already. */
export type SemanticPaths = { readonly longhouse: string; readonly vectors: string };

/** `requestMs`: longest wait for the vectors of a batch; `lookMs`: how often it looks whether something came, or was deleted. */
export type SemanticSettings = {
  readonly server: EmbeddingsServer;
  readonly backoff: Backoff;
  readonly requestMs: number;
  readonly lookMs: number;
};

/** A session by what it means, its best pieces first. `session` is a row number, `start` in UTF-16 units, `at` ms. */
export type Near = {
  readonly session: number;
  readonly at: number;
  readonly pieces: readonly { readonly position: number; readonly start: number }[];
};

export type ToSemanticWorker =
  | { readonly type: "open"; readonly paths: SemanticPaths; readonly settings: SemanticSettings }
  | { readonly type: "near"; readonly id: number; readonly request: FindRequest }
  | { readonly type: "close" };

export type FromSemanticWorker =
  | { readonly type: "status"; readonly status: SemanticStatus }
  /** Sessions in the order of nearness; null = it could not be asked by meaning. */
  | { readonly type: "near"; readonly id: number; readonly near: readonly Near[] | null }
  | { readonly type: "closed" };
