import { For, Show, type JSX } from "solid-js";
import { CopyButton } from "../kit/Button.tsx";

type CommandProps = { readonly text: string; readonly copy?: boolean; readonly testid?: string };

/** A command to be typed elsewhere. It breaks between words, never after a hyphen. */
export function Command(props: CommandProps): JSX.Element {
  return (
    <div class="command typed">
      <code data-testid={props.testid}>
        <For each={props.text.split(" ")}>
          {(word, n) => (
            <>
              {n() > 0 ? " " : ""}
              <span>{word}</span>
            </>
          )}
        </For>
      </code>
      <Show when={props.copy !== false}>
        <CopyButton text={() => props.text} />
      </Show>
    </div>
  );
}
