/** Rows and passages by keyboard: through everything with `data-nav`, in reading order, and what can be done with a row. */
import { useShortcuts } from "../frame/shortcuts.ts";
import { markRead, pin, remove } from "./changes.ts";
import { openPanel, type Mode } from "./panel.ts";
import { row } from "./rows.ts";
import { rowsOnPage } from "./Row.tsx";
import { extendTo, selected, toggle } from "./selection.ts";

type ListKeys = {
  /** Holds the links. */
  readonly root: () => HTMLElement;
  /** Esc. */
  readonly onLeave: () => void;
  readonly onNewer: () => void;
};

/** Listens while the component lives. */
export function useListKeys({ root, onLeave, onNewer }: ListKeys): void {
  const step = (by: 1 | -1) => (event: KeyboardEvent) => {
    const inside = root().contains(document.activeElement);
    // Arrows scroll, unless the focus is in the list.
    return event.key.startsWith("Arrow") && !inside ? false : move(root(), by);
  };
  const withRow = (act: (id: string, at: HTMLElement) => unknown) => () => {
    const at = rowAtFocus();
    return at ? act(at.dataset["id"]!, at) : false;
  };
  const withRows = (act: (ids: readonly string[]) => unknown) => () => {
    const ids = targets();
    return ids.length > 0 ? act(ids) : false;
  };
  const open = (mode: Mode) =>
    withRows((ids) => openPanel(mode, ids, rowAtFocus() ?? document.querySelector(".bulk")!));
  const alone = (mode: Mode) => withRow((id, at) => openPanel(mode, [id], at));
  useShortcuts({
    next: step(1),
    previous: step(-1),
    leave: onLeave,
    newer: onNewer,
    rowMenu: open("menu"),
    rowTags: open("tags"),
    rowTitle: alone("title"),
    rowNote: alone("note"),
    rowPin: withRows(
      (ids) =>
        void pin(
          ids,
          ids.some((id) => !row(id)?.pinned),
        ),
    ),
    rowRead: withRows(
      (ids) =>
        void markRead(
          ids,
          ids.some((id) => row(id)?.unread),
        ),
    ),
    rowSelect: withRow((id) => toggle(id)),
    rowSelectTo: withRow((id) => extendTo(id, rowsOnPage())),
    rowUnfold: withRow((_, at) => at.querySelector<HTMLElement>(".unfold")?.click() ?? false),
    rowRemove: withRows((ids) => {
      // The focus goes on before its row is gone.
      if (rowAtFocus()) stepOver(root(), ids);
      remove(ids);
    }),
  });
}

/** The row that has the focus, not a sub-agent's under it. */
const rowAtFocus = (): HTMLElement | null =>
  document.activeElement?.closest<HTMLElement>("[data-testid=session-card]") ?? null;

/** The selected rows; without any, the one that has the focus. */
function targets(): readonly string[] {
  if (selected().size > 0) return [...selected()];
  const id = rowAtFocus()?.dataset["id"];
  return id === undefined ? [] : [id];
}

function stepOver(root: HTMLElement, ids: readonly string[]): void {
  const links = [...root.querySelectorAll<HTMLElement>("[data-testid=session-card] > .what > .title")];
  const stays = (link: HTMLElement) => !ids.includes(link.dataset["nav"] ?? "");
  const at = links.indexOf(rowAtFocus()!.querySelector<HTMLElement>(".title")!);
  (links.slice(at).find(stays) ?? links.slice(0, at).findLast(stays))?.focus({ preventScroll: true });
}

function move(root: HTMLElement, by: 1 | -1): void {
  const links = [...root.querySelectorAll<HTMLElement>("[data-nav]")];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? firstOnScreen(links) : links[at + by];
  if (!next)
    return at === 0 && by < 0 ? document.querySelector<HTMLElement>("[data-testid=search-input]")?.focus() : undefined;
  next.focus({ preventScroll: true });
  (next.closest("[data-step]") ?? next).scrollIntoView({ block: "nearest" });
}

const firstOnScreen = (links: readonly HTMLElement[]): HTMLElement | undefined =>
  links.find((link) => link.getBoundingClientRect().top > 80) ?? links[0];
