import { createEffect, onCleanup, onMount, Show, type JSX } from "solid-js";
import { Button } from "../kit/Button.tsx";
import { exact } from "../kit/format.ts";
import { MOST, type Find } from "./find.ts";

/** Words to find in this session, how often, and the way from one to the next. */
export function FindBar(props: { readonly find: Find }): JSX.Element {
  useShortcut(() => props.find);
  return (
    <div class="findbar">
      <Show when={props.find.isOpen()}>
        <Bar find={props.find} />
      </Show>
    </div>
  );
}

function Bar(props: { readonly find: Find }): JSX.Element {
  let input!: HTMLInputElement;
  const before = document.activeElement as HTMLElement | null;
  // What an address opened is read first.
  onMount(() => props.find.text() === "" && input.focus());
  const close = () => {
    props.find.close();
    const back = before?.isConnected ? before : document.getElementById("main");
    back?.focus({ preventScroll: true });
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter") props.find.step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div role="search" aria-label="Find in this session" onKeyDown={keys}>
      <input
        ref={input}
        type="text"
        data-find
        placeholder="Find in this session"
        aria-label="Find in this session"
        autocomplete="off"
        spellcheck={false}
        value={props.find.text()}
        onInput={(event) => props.find.type(event.currentTarget.value)}
      />
      <span class="num" role="status">
        {told(props.find)}
      </span>
      <Button
        look="quiet"
        icon="up"
        aria-label="Previous"
        disabled={props.find.count() === 0}
        onClick={() => props.find.step(-1)}
      />
      <Button
        look="quiet"
        icon="down"
        aria-label="Next"
        disabled={props.find.count() === 0}
        onClick={() => props.find.step(1)}
      />
      <Button look="quiet" icon="close" aria-label="Close" onClick={close} />
    </div>
  );
}

function told(find: Find): string {
  if (find.text().trim() === "") return "";
  const count = find.count();
  if (count === 0) return find.busy() ? "…" : "Nothing found";
  const all = `${exact(count)}${find.busy() || count >= MOST ? "+" : ""}`;
  return find.index() < 0 ? all : `${exact(find.index() + 1)} of ${all}`;
}

/** ⌘F opens it, and a second ⌘F is the browser's own; ⌘G and F3 go on. */
function useShortcut(find: () => Find): void {
  const keys = (event: KeyboardEvent) => {
    const command = (event.metaKey || event.ctrlKey) && !event.altKey;
    const input = document.querySelector<HTMLInputElement>("[data-find]");
    if (command && event.key.toLowerCase() === "f" && !event.shiftKey) {
      if (document.activeElement === input && input) return;
      if (document.querySelector("dialog[open]")) return;
      find().open();
      queueMicrotask(() => document.querySelector<HTMLInputElement>("[data-find]")?.select());
    } else if (find().isOpen() && ((command && event.key.toLowerCase() === "g") || event.key === "F3"))
      find().step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  };
  createEffect(() => {
    document.addEventListener("keydown", keys);
    onCleanup(() => document.removeEventListener("keydown", keys));
  });
}
