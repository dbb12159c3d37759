/** What is being done with which rows: one panel for the whole list, opened at a row or at the bar of chosen rows. */
import { createSignal } from "solid-js";

export type Mode = "menu" | "tags" | "title" | "note";

export type Panel = {
  readonly mode: Mode;
  readonly ids: readonly string[];
  /** Where it opens, px from the top left of the screen; sheets of phones do not look at it. */
  readonly at: { readonly x: number; readonly y: number };
};

const [panel, setPanel] = createSignal<Panel | null>(null);
/** null while it is closed. */
export { panel };

/** Room that it should have below; else it opens higher. */
const HEIGHT = 340;

/** Opens it under an element. */
export function openPanel(mode: Mode, ids: readonly string[], under: Element): void {
  if (ids.length === 0) return;
  const box = under.getBoundingClientRect();
  const y = Math.max(8, Math.min(box.bottom + 4, innerHeight - HEIGHT));
  setPanel({ mode, ids, at: { x: box.width > 260 ? box.left + 24 : Math.max(8, box.right - 260), y } });
}

/** Goes on to something else, in the same place. */
export const turnPanel = (mode: Mode): void => void setPanel((old) => old && { ...old, mode });

/** Closes it. */
export const closePanel = (): void => void setPanel(null);
