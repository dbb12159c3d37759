import { createEffect, Show, type JSX } from "solid-js";
import { Button } from "../kit/Button.tsx";
import { markRead, pin, remove } from "./changes.ts";
import { openPanel } from "./panel.ts";
import { row } from "./rows.ts";
import { choose, clear, drop, selected } from "./selection.ts";

/** The bar of the chosen rows: what can be done with all of them. `all` = ids that the list holds. */
export function Bulk(props: { readonly all: readonly string[] }): JSX.Element {
  const ids = () => [...selected()];
  const rows = () => ids().flatMap((id) => row(id) ?? []);
  // Another tab may delete what is chosen here.
  createEffect(() => rows().length < ids().length && drop(ids().filter((id) => !row(id))));
  const pinned = () => rows().every((session) => session.pinned);
  const unread = () => rows().some((session) => session.unread);
  const then = (act: () => unknown) => () => (void act(), clear());
  return (
    <Show when={ids().length > 0}>
      <div class="bulk" role="toolbar" aria-label="Selected sessions">
        <span class="count" role="status">
          {ids().length} selected
        </span>
        <Show when={ids().length < props.all.length}>
          <Button look="quiet" onClick={() => choose(props.all)}>
            All {props.all.length}
          </Button>
        </Show>
        <Button look="quiet" icon="pin" onClick={then(() => pin(ids(), !pinned()))}>
          <span>{pinned() ? "Unpin" : "Pin"}</span>
        </Button>
        <Button look="quiet" icon="tag" onClick={(event) => openPanel("tags", ids(), event.currentTarget)}>
          <span>Tags</span>
        </Button>
        <Button look="quiet" icon="check" onClick={then(() => markRead(ids(), unread()))}>
          <span>{unread() ? "Mark as read" : "Mark as unread"}</span>
        </Button>
        <Button look="quiet" icon="trash" class="bad" onClick={then(() => remove(ids()))}>
          <span>Delete</span>
        </Button>
        <Button look="quiet" icon="close" aria-label="Clear selection" onClick={clear} />
      </div>
    </Show>
  );
}
