import { createSignal, For, onMount, Show, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { Button } from "../kit/Button.tsx";
import { oneLine } from "../kit/lines.ts";
import { said, type Own } from "./own.ts";
import { tagsOf } from "./tags.ts";
import { titleOf } from "./words.ts";

type MineProps = { readonly session: Session; readonly own: Own; readonly onDone: () => void };

/** Title, tags and note in a form over the page: each is written when it was changed. */
export function Mine(props: MineProps): JSX.Element {
  let title!: HTMLInputElement;
  let tags!: HTMLInputElement;
  let note!: HTMLTextAreaElement;
  // As it was when the person began: what changes under the form must not pass for theirs.
  // eslint-disable-next-line solid/reactivity
  const seen = props.session;
  onMount(() => title.select());
  const save = async () => {
    props.onDone();
    await props.own.change(
      { field: "title", value: title.value.trim() === titleOf(seen) ? (seen.title ?? "") : title.value.trim() },
      seen,
    );
    await props.own.change({ field: "tags", value: tagsOf(tags.value) }, seen);
    await props.own.change({ field: "note", value: note.value.trim() }, seen);
  };
  return (
    <form class="mine" onSubmit={(event) => (event.preventDefault(), void save())}>
      <label>
        <span>Title</span>
        <input ref={title} maxlength="500" value={titleOf(seen)} autocomplete="off" />
        <small>Empty takes the agent's own again</small>
      </label>
      <label>
        <span>Tags</span>
        <input ref={tags} value={seen.tags.join(", ")} placeholder="release, flaky" autocomplete="off" />
      </label>
      <label>
        <span>Note</span>
        <textarea
          ref={note}
          rows="5"
          maxlength="50000"
          value={seen.note ?? ""}
          onKeyDown={(event) => event.key === "Enter" && (event.metaKey || event.ctrlKey) && void save()}
        />
      </label>
      <footer>
        <Button look="quiet" onClick={() => props.onDone()}>
          Cancel
        </Button>
        <Button look="primary" type="submit">
          Save
        </Button>
      </footer>
    </form>
  );
}

/** The note, under the head; on a small screen the tags too, for which the head has no room. */
export function Marks(props: { readonly session: Session }): JSX.Element {
  const [whole, setWhole] = createSignal(false);
  return (
    <Show when={props.session.tags.length > 0 || props.session.note}>
      <div class="marks" classList={{ noteless: !props.session.note }}>
        <For each={props.session.tags}>
          {(tag) => (
            <a class="tag" href={`/timeline?tag=${encodeURIComponent(tag)}`}>
              <bdi>{oneLine(tag)}</bdi>
            </a>
          )}
        </For>
        <Show when={props.session.note}>
          {(note) => (
            <button
              type="button"
              class="said"
              classList={{ whole: whole() }}
              aria-expanded={whole()}
              onClick={() => setWhole(!whole())}
            >
              <bdi>{whole() ? note() : oneLine(note().slice(0, 300))}</bdi>
            </button>
          )}
        </Show>
      </div>
    </Show>
  );
}

/** Two wrote the same field: both are shown, and one of them is chosen. */
export function ConflictDialog(props: { readonly own: Own }): JSX.Element {
  return (
    <Show when={props.own.conflict()} keyed>
      {(conflict) => {
        let dialog!: HTMLDialogElement;
        onMount(() => dialog.showModal());
        const settle = (mine: boolean) => (dialog.close(), props.own.settle(mine));
        return (
          <dialog
            ref={dialog}
            class="mine-dialog"
            aria-label="Changed in two places"
            onCancel={() => props.own.settle(false)}
          >
            <h2>
              The {conflict.mine.field === "pinned" ? "pin" : conflict.mine.field} was changed elsewhere meanwhile
            </h2>
            <dl>
              <dt>Yours</dt>
              <dd>
                <bdi>{said(conflict.mine) || "nothing"}</bdi>
              </dd>
              <dt>There now</dt>
              <dd>
                <bdi>{conflict.theirs || "nothing"}</bdi>
              </dd>
            </dl>
            <footer>
              <Button look="plain" onClick={() => settle(false)}>
                Keep what is there
              </Button>
              <Button look="primary" onClick={() => settle(true)}>
                Use yours
              </Button>
            </footer>
          </dialog>
        );
      }}
    </Show>
  );
}
