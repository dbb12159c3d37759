import { createEffect, For, type JSX } from "solid-js";
import { QUERY_HELP } from "../../src/domain/query-help.ts";
import { Button } from "../kit/Button.tsx";

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["/"], "Search (also ⌘K, Ctrl K)"],
  [["j", "k"], "Next and previous row or passage"],
  [["Enter"], "Open it"],
  [["g", "G"], "In a session: its start, its end; j and k go from prompt to prompt"],
  [["o"], "In a session: unfold or fold"],
  [["Esc"], "Leave the search, close what is open"],
  [["j", "k"], "In a session: next and previous prompt"],
  [["g", "G"], "Its start and its end"],
  [["o"], "Unfold or fold"],
  [["?"], "These shortcuts"],
];

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
      <div>
        <header>
          <h2 id="help-title">Shortcuts</h2>
          <Button look="quiet" icon="close" aria-label="Close" onClick={() => props.onClose()} />
        </header>
        <dl>
          <For each={KEYS}>
            {([keys, what]) => (
              <>
                <dt>
                  <For each={keys}>{(key) => <kbd>{key}</kbd>}</For>
                </dt>
                <dd>{what}</dd>
              </>
            )}
          </For>
        </dl>
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
    </dialog>
  );
}
