/** Files that a session changed, as the API gives them (API.md section 4). */

export type ChangedFile = {
  /** From the root where the session's folder is known. */
  readonly path: string;
  /** Calls that changed it. */
  readonly edits: number;
  readonly added: number;
  readonly removed: number;
  /** Unified diff; "" when nothing is left of the edits, or none of them told its change. */
  readonly patch: string;
  /** The patch is the sum of all edits; else they stand in it one after another, for they do not fit together. */
  readonly net: boolean;
  /** The patch was too long and is cut. */
  readonly truncated: boolean;
};

/** GET /api/agents/sessions/{id}/files, in the order of first edits. */
export type ChangedFiles = { readonly files: readonly ChangedFile[] };
