/** The session by keyboard: prompts, ends, folds. */
import { onCleanup, onMount } from "solid-js";
import { isTyping } from "../frame/shortcuts.ts";

export type Commands = { readonly [key: string]: () => void };

/** Calls the command of a key pressed outside of fields, dialogs and menus, while the component lives. */
export function useKeys(commands: Commands): void {
  const keys = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open], [popover]:popover-open")) return;
    if (!Object.hasOwn(commands, event.key)) return;
    event.preventDefault();
    commands[event.key]!();
  };
  onMount(() => document.addEventListener("keydown", keys));
  onCleanup(() => document.removeEventListener("keydown", keys));
}
