/** Lists that were kept. */
import type { SavedView } from "../../src/domain/view.ts";
import { call } from "./call.ts";

/** Lists that were kept, in their order. */
export const listViews = (): Promise<{ readonly views: readonly SavedView[] }> => call("/api/views", {});

export const addView = (
  view: Omit<SavedView, "id" | "position"> & { readonly position?: number },
): Promise<SavedView> => call("/api/views", { method: "POST", body: view });

export const patchView = (id: string, patch: Partial<Omit<SavedView, "id">>): Promise<SavedView> =>
  call(`/api/views/${encodeURIComponent(id)}`, { method: "PATCH", body: patch });

export const deleteView = (id: string): Promise<void> =>
  call(`/api/views/${encodeURIComponent(id)}`, { method: "DELETE" });
