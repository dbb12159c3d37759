import { createSignal, For, Show, type JSX } from "solid-js";
import { Button } from "./Button.tsx";
import { visible } from "./lines.ts";

export type ToastMessage = {
  readonly text: string;
  readonly hint?: string;
  readonly tone?: "plain" | "bad";
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Stays until closed; else it goes after six seconds. */
  readonly stays?: boolean;
};

const LIFE_MS = 6000;
const [toasts, setToasts] = createSignal<readonly ToastMessage[]>([]);

/** Says something at the foot of the page that belongs to no place on it. */
export function toast(message: ToastMessage): void {
  // The same words again replace the old ones instead of piling up.
  setToasts((old) => [...old.filter((other) => other.text !== message.text), message].slice(-3));
  if (!message.stays) setTimeout(() => dismiss(message), LIFE_MS);
}

const dismiss = (message: ToastMessage) => setToasts((old) => old.filter((other) => other !== message));

/** Where toasts appear; once, in the frame. */
export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status">
      <For each={toasts()}>
        {(message) => (
          <div class={`toast ${message.tone ?? "plain"}`}>
            <p>
              {visible(message.text)}
              <Show when={message.hint}>
                <span>{visible(message.hint!)}</span>
              </Show>
            </p>
            <Show when={message.action}>
              {(action) => <Button onClick={() => (dismiss(message), action().run())}>{action().label}</Button>}
            </Show>
            <Button look="quiet" icon="close" aria-label="Dismiss" onClick={() => dismiss(message)} />
          </div>
        )}
      </For>
    </div>
  );
}
