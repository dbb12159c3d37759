import { createSignal, createUniqueId, Show, type JSX } from "solid-js";
import { Icon, type IconName } from "../kit/Icon.tsx";

type PopProps = {
  readonly label: string;
  readonly icon: IconName;
  /** The label stands on the button. */
  readonly worded?: boolean;
  /** Something in it is chosen. */
  readonly active?: boolean;
  /** Put on the button, for whoever opens it by a key. */
  readonly mark?: string;
  readonly children: (close: () => void) => JSX.Element;
};

/** A button with a small panel under it; a sheet on a phone. */
export function Pop(props: PopProps): JSX.Element {
  const id = createUniqueId();
  const [open, setOpen] = createSignal(false);
  let button!: HTMLButtonElement;
  let panel!: HTMLDivElement;
  const prepare = (event: ToggleEvent) => {
    if (event.newState !== "open") return;
    setOpen(true);
    const at = button.getBoundingClientRect();
    panel.style.setProperty("--x", `${at.left}px`);
    panel.style.setProperty("--y", `${at.bottom + 4}px`);
  };
  const toggled = (event: ToggleEvent) => {
    if (event.newState !== "open") return setOpen(false);
    const first = panel.querySelector<HTMLElement>("[data-first]");
    first?.focus();
    if (first instanceof HTMLInputElement) first.select();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="word pop"
        data-on={props.active || undefined}
        data-mark={props.mark}
        popovertarget={id}
        aria-haspopup="dialog"
        aria-expanded={open()}
        aria-label={props.worded ? undefined : props.label}
        title={props.worded ? undefined : props.label}
      >
        <Icon name={props.icon} />
        {props.worded ? props.label : ""}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        class="menu"
        role="dialog"
        aria-label={props.label}
        on:beforetoggle={prepare}
        on:toggle={toggled}
      >
        <Show when={open()}>{props.children(() => panel.hidePopover())}</Show>
      </div>
    </>
  );
}
