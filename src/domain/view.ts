/** Saved views: names for addresses of the timeline (API.md section 4). */

export const VIEW_KINDS = ["timeline", "search"] as const;
export type ViewKind = (typeof VIEW_KINDS)[number];

/** `path`: "/timeline?project=loom". `position`: 0, 1, 2 … in the order of the list. */
export type SavedView = {
  readonly id: string;
  readonly name: string;
  readonly kind: ViewKind;
  readonly path: string;
  readonly position: number;
};
