import { createEffect, For, Show, type JSX } from "solid-js";
import { QUERY_HELP } from "../../src/domain/query-help.ts";
import { Button } from "../kit/Button.tsx";
import { groups, keyLabel } from "./shortcuts.ts";

/** Shortcuts and search words; opens as a dialog. */
export function Help(props: { readonly open: boolean; readonly onClose: () => void }): JSX.Element {
  let dialog!: HTMLDialogElement;
  createEffect(() => (props.open ? dialog.showModal() : dialog.close()));
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={() => props.onClose()}
      onClick={(event) => event.target === dialog && props.onClose()}
    >
      <Show when={props.open}>
        <div>
          <header>
            <h2 id="help-title">Shortcuts</h2>
            <Button look="quiet" icon="close" aria-label="Close" onClick={() => props.onClose()} />
          </header>
          <For each={groups()}>{(group) => <Keys {...group} />}</For>
          <h3>In a search</h3>
          <dl>
            <For each={QUERY_HELP}>
              {([word, what]) => (
                <>
                  <dt>
                    <code>{word}</code>
                  </dt>
                  <dd>{what}</dd>
                </>
              )}
            </For>
          </dl>
        </div>
      </Show>
    </dialog>
  );
}

function Keys(props: ReturnType<typeof groups>[number]): JSX.Element {
  return (
    <>
      <h3>{props.name}</h3>
      <dl>
        <For each={props.shortcuts}>
          {(shortcut) => (
            <>
              <dt>
                <kbd>{keyLabel(shortcut.key)}</kbd>
                <Show when={shortcut.or}>{(other) => <kbd>{keyLabel(other())}</kbd>}</Show>
              </dt>
              <dd>{shortcut.what}</dd>
            </>
          )}
        </For>
      </dl>
    </>
  );
}
