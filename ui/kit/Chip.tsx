import { Show, type JSX } from "solid-js";
import { Icon } from "./Icon.tsx";

type ChipProps = {
  readonly children: JSX.Element;
  /** `off` for what was not understood or does not apply. */
  readonly tone?: "plain" | "accent" | "off";
  /** With it, the chip can be taken away; `label` names that button. */
  readonly onRemove?: () => void;
  readonly label?: string;
};

/** A small word in a box, for what was understood or chosen. */
export function Chip(props: ChipProps): JSX.Element {
  return (
    <span class={`chip ${props.tone ?? "plain"}`}>
      <span class="label">{props.children}</span>
      <Show when={props.onRemove}>
        {(remove) => (
          <button type="button" aria-label={props.label ?? "Remove"} onClick={() => remove()()}>
            <Icon name="close" />
          </button>
        )}
      </Show>
    </span>
  );
}
