/** Rows and passages by keyboard: j and k move the focus through everything with `data-nav`, in reading order. */
import { onCleanup, onMount } from "solid-js";
import { isTyping } from "../frame/shortcuts.ts";

/** Listens while the component lives. `root` holds the links; `onLeave` is Esc. */
export function useListKeys(root: () => HTMLElement, onLeave: () => void): void {
  const keys = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open], [popover]:popover-open")) return;
    const inside = root().contains(document.activeElement);
    if (event.key === "j" || (inside && event.key === "ArrowDown")) move(root(), 1);
    else if (event.key === "k" || (inside && event.key === "ArrowUp")) move(root(), -1);
    else if (event.key === "Escape") onLeave();
    else return;
    event.preventDefault();
  };
  onMount(() => document.addEventListener("keydown", keys));
  onCleanup(() => document.removeEventListener("keydown", keys));
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
