/** Every key that does something: the one list that binds the keys and that the help shows. */
import { onCleanup, onMount } from "solid-js";

type Group = "Everywhere" | "In a list" | "In a session";

export type Shortcut = {
  /** As an event names it (`KeyboardEvent.key`); `mod+k` = ⌘K or Ctrl K. */
  readonly key: string;
  /** Another key for the same. */
  readonly or?: string;
  readonly group: Group;
  readonly what: string;
};

/** All of them, by the name that pages bind them under. */
export const SHORTCUTS = {
  palette: { key: "mod+k", group: "Everywhere", what: "Go to anything, do anything" },
  search: { key: "/", group: "Everywhere", what: "Search" },
  help: { key: "?", group: "Everywhere", what: "These shortcuts" },
  next: { key: "j", or: "ArrowDown", group: "In a list", what: "Next row or passage" },
  previous: { key: "k", or: "ArrowUp", group: "In a list", what: "Previous row or passage" },
  open: { key: "Enter", group: "In a list", what: "Open it" },
  rowMenu: { key: ".", group: "In a list", what: "What can be done with it" },
  rowPin: { key: "p", group: "In a list", what: "Pin, or let go" },
  rowTags: { key: "t", group: "In a list", what: "Its tags" },
  rowTitle: { key: "r", group: "In a list", what: "Give it another title" },
  rowNote: { key: "n", group: "In a list", what: "Write a note" },
  rowRead: { key: "u", group: "In a list", what: "Mark as read or unread" },
  rowUnfold: { key: "o", group: "In a list", what: "Unfold or fold its sub-agents" },
  rowSelect: { key: "x", group: "In a list", what: "Select it, for one action on many" },
  rowSelectTo: { key: "X", group: "In a list", what: "Select all from the last one to here" },
  rowRemove: { key: "#", or: "Delete", group: "In a list", what: "Delete; can be undone for a few seconds" },
  narrow: { key: "f", group: "In a list", what: "Narrow what a search found" },
  newer: { key: "N", group: "In a list", what: "Up to what is newer, or better" },
  leave: { key: "Escape", group: "In a list", what: "Leave the search, close what is open" },
  nextPrompt: { key: "j", group: "In a session", what: "Next prompt" },
  previousPrompt: { key: "k", group: "In a session", what: "Previous prompt" },
  start: { key: "g", group: "In a session", what: "Its start" },
  end: { key: "G", group: "In a session", what: "Its end" },
  fold: { key: "o", group: "In a session", what: "Unfold or fold" },
} as const satisfies Readonly<Record<string, Shortcut>>;

export type ShortcutName = keyof typeof SHORTCUTS;

/** What is done, by name. False = not now: the key goes on to whoever else wants it. */
export type Bound = { readonly [name in ShortcutName]?: (event: KeyboardEvent) => unknown };

/** Binds names to what they do while the component lives; silent while someone types, or in an open dialog or menu. */
export function useShortcuts(bound: Bound): void {
  const keys = (event: KeyboardEvent) => {
    const name = event.defaultPrevented ? undefined : named(event, bound);
    if (name === undefined || bound[name]!(event) === false) return;
    event.preventDefault();
  };
  onMount(() => document.addEventListener("keydown", keys));
  onCleanup(() => document.removeEventListener("keydown", keys));
}

/** The name among `bound` that a key press means; undefined for none. */
export function named(event: KeyboardEvent, bound: Bound): ShortcutName | undefined {
  const names = Object.keys(bound) as ShortcutName[];
  const pressed = pressedKey(event);
  if (pressed === null || (!pressed.startsWith("mod+") && isBusy(event.target))) return undefined;
  return names.find((name) => {
    const { key, or }: Shortcut = SHORTCUTS[name];
    return pressed === key || pressed === or;
  });
}

function pressedKey(event: KeyboardEvent): string | null {
  if (event.altKey || event.isComposing) return null;
  return event.metaKey || event.ctrlKey ? `mod+${event.key.toLowerCase()}` : event.key;
}

const isBusy = (target: EventTarget | null): boolean =>
  isTyping(target) || document.querySelector("dialog[open], [popover]:popover-open") !== null;

/** Whether keys go into a text: then they are no shortcuts. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

const IS_APPLE = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
const NAMES: Readonly<Record<string, string>> = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** A key as it is written on this machine: ⌘K, Ctrl K, ↓. */
export function keyLabel(key: string): string {
  if (!key.startsWith("mod+")) return NAMES[key] ?? key;
  const letter = key.slice(4).toUpperCase();
  return IS_APPLE ? `⌘${letter}` : `Ctrl ${letter}`;
}

/** The shortcuts by group, in the order of the list. */
export function groups(): readonly { readonly name: Group; readonly shortcuts: readonly Shortcut[] }[] {
  const all: readonly Shortcut[] = Object.values(SHORTCUTS);
  const names = [...new Set(all.map((one) => one.group))];
  return names.map((name) => ({ name, shortcuts: all.filter((one) => one.group === name) }));
}
