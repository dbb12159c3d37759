/** Which rows are chosen for one action on all of them. Belongs to no list: a filter may change while rows stay chosen. */
import { createSignal } from "solid-js";

const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set());
/** Where a range begins: the row that was chosen last. */
let anchor: string | null = null;

/** Ids of the chosen rows. */
export { selected };

/** Chooses a row, or lets it go. */
export function toggle(id: string): void {
  anchor = id;
  setSelected((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
}

/** Chooses all rows between the one chosen last and this one; `order` = the rows as they stand. */
export function extendTo(id: string, order: readonly string[]): void {
  setSelected((old) => new Set([...old, ...between(order, anchor, id)]));
  anchor = id;
}

/** Chooses these as well. */
export const choose = (ids: readonly string[]): void => void setSelected((old) => new Set([...old, ...ids]));

/** Lets all go. */
export function clear(): void {
  anchor = null;
  setSelected((old) => (old.size === 0 ? old : new Set<string>()));
}

/** Lets these go: they are no more. */
export function drop(ids: readonly string[]): void {
  setSelected((old) => (ids.some((id) => old.has(id)) ? new Set([...old].filter((id) => !ids.includes(id))) : old));
}

/** The ids from one to the other, both included, whichever stands first; only the second when the first is not there. */
export function between(order: readonly string[], from: string | null, to: string): readonly string[] {
  const [a, b] = [from === null ? -1 : order.indexOf(from), order.indexOf(to)];
  if (a < 0 || b < 0) return [to];
  return order.slice(Math.min(a, b), Math.max(a, b) + 1);
}
