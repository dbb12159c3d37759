import { createSignal, For, onCleanup, Show, type JSX } from "solid-js";

/** Before this, an answer that is on its way would only flicker. */
const PATIENCE_MS = 150;

/** Grey rows that keep the layout while something loads; shown only when it takes longer than 150 ms. */
export function Skeleton(props: { readonly rows: number }): JSX.Element {
  const [shown, setShown] = createSignal(false);
  const timer = setTimeout(() => setShown(true), PATIENCE_MS);
  onCleanup(() => clearTimeout(timer));
  return (
    <Show when={shown()}>
      <div class="skeleton" role="status" aria-label="Loading">
        <For each={Array.from({ length: props.rows })}>
          {() => (
            <div class="bone">
              <i />
              <div>
                <b />
                <s />
              </div>
            </div>
          )}
        </For>
      </div>
    </Show>
  );
}
