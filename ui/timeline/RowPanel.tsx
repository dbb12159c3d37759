import { createEffect, For, on, Show, type JSX } from "solid-js";
import { copyText } from "../kit/Button.tsx";
import { Icon, type IconName } from "../kit/Icon.tsx";
import { toast } from "../kit/Toast.tsx";
import { markRead, pin, remove } from "./changes.ts";
import { closePanel, panel, turnPanel, type Mode, type Panel } from "./panel.ts";
import { row } from "./rows.ts";
import { toggle } from "./selection.ts";
import { TagList } from "./TagList.tsx";
import { TextForm } from "./TextForm.tsx";
import { titleOf } from "./words.ts";

/** The list's one panel: actions, tags, title or note of the rows it was opened for. A sheet from below on a phone. */
export function RowPanel(): JSX.Element {
  let box!: HTMLDivElement;
  createEffect(
    on(
      () => panel()?.ids,
      (ids) => {
        if (!ids) return box.matches(":popover-open") && box.hidePopover();
        const { x, y } = panel()!.at;
        box.style.setProperty("--x", `${x}px`);
        box.style.setProperty("--y", `${y}px`);
        if (!box.matches(":popover-open")) box.showPopover();
      },
    ),
  );
  // What is chosen in it stands there by now.
  createEffect(() => panel() && queueMicrotask(() => box.querySelector<HTMLElement>("[data-first]")?.focus()));
  return (
    <div
      ref={box}
      popover="auto"
      class="menu actions"
      on:toggle={(event: ToggleEvent) => event.newState === "closed" && closePanel()}
    >
      <Show when={panel()}>{(open) => <Content {...open()} />}</Show>
    </div>
  );
}

function Content(props: Panel): JSX.Element {
  const only = () => (props.ids.length === 1 ? row(props.ids[0]!) : undefined);
  return (
    <>
      <p class="about">
        <bdi>{only() ? titleOf(only()!) : `${props.ids.length} sessions`}</bdi>
      </p>
      <Show when={props.mode === "menu"}>
        <Menu ids={props.ids} />
      </Show>
      <Show when={props.mode === "tags"}>
        <TagList ids={props.ids} />
      </Show>
      <Show when={(props.mode === "title" || props.mode === "note") && only()} keyed>
        {(session) => (
          <TextForm session={session} field={props.mode === "title" ? "title" : "note"} onDone={closePanel} />
        )}
      </Show>
    </>
  );
}

type Item = { readonly icon: IconName; readonly text: string; readonly key: string; readonly run: () => unknown };

function Menu(props: { readonly ids: readonly string[] }): JSX.Element {
  const items = (): readonly Item[] => itemsOf(props.ids);
  const keys = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    const named = items().find((item) => item.key.toLowerCase() === event.key.toLowerCase());
    if (to === undefined && (!named || event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    if (to === undefined) named!.run();
    else all[to % all.length]!.focus();
  };
  return (
    <div role="menu" aria-label="Actions" onKeyDown={keys}>
      <For each={items()}>
        {(item, index) => (
          <button
            type="button"
            role="menuitem"
            data-first={index() === 0 ? "" : undefined}
            class={item.key === "#" ? "bad" : undefined}
            onClick={() => item.run()}
          >
            <Icon name={item.icon} />
            <span>{item.text}</span>
            <kbd aria-hidden="true">{item.key}</kbd>
          </button>
        )}
      </For>
    </div>
  );
}

function itemsOf(ids: readonly string[]): readonly Item[] {
  const sessions = ids.flatMap((id) => row(id) ?? []);
  const pinned = sessions.every((session) => session.pinned);
  const unread = sessions.some((session) => session.unread);
  const done = (act: () => unknown) => () => (closePanel(), act());
  const turn = (mode: Mode) => () => turnPanel(mode);
  const [only] = ids.length === 1 ? ids : [];
  return [
    { icon: "pin", text: pinned ? "Unpin" : "Pin", key: "P", run: done(() => pin(ids, !pinned)) },
    { icon: "tag", text: "Tags…", key: "T", run: turn("tags") },
    ...(only === undefined
      ? []
      : ([
          { icon: "edit", text: "Rename…", key: "R", run: turn("title") },
          { icon: "note", text: "Note…", key: "N", run: turn("note") },
        ] as const)),
    {
      icon: "check",
      text: unread ? "Mark as read" : "Mark as unread",
      key: "U",
      run: done(() => markRead(ids, unread)),
    },
    ...(only === undefined
      ? []
      : ([
          { icon: "link", text: "Copy link", key: "C", run: done(() => copyLink(only)) },
          { icon: "select", text: "Select", key: "X", run: done(() => toggle(only)) },
        ] as const)),
    { icon: "trash", text: "Delete", key: "#", run: done(() => remove(ids)) },
  ];
}

async function copyLink(id: string): Promise<void> {
  await copyText(`${location.origin}/sessions/${id}`);
  toast({ text: "Link copied" });
}
