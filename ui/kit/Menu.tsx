import { createEffect, createMemo, createSignal, createUniqueId, For, on, Show, type JSX } from "solid-js";
import { Icon } from "./Icon.tsx";

export type Option = { readonly value: string; readonly label: string; readonly note?: string; readonly on: boolean };

type MenuProps = {
  /** The word on the button. */
  readonly label: string;
  /** Something of it is chosen. */
  readonly active: boolean;
  readonly options: readonly Option[];
  /** Told of a choice; `more` when it is to be added to the others (⌘ or Ctrl held). */
  readonly onPick: (value: string, more: boolean) => void;
  /** Accepts what is typed though it is not among the options. */
  readonly free?: boolean;
  readonly children?: JSX.Element;
};

const MANY = 8;

/** A word that opens a list to choose from; a sheet from below on a phone. Closes on choice, Esc and a click elsewhere. */
export function Menu(props: MenuProps): JSX.Element {
  const id = createUniqueId();
  const [text, setText] = createSignal("");
  const [open, setOpen] = createSignal(false);
  const [mark, setMark] = createSignal(0);
  let button!: HTMLButtonElement;
  let panel!: HTMLDivElement;
  // Options are made when the list opens: some are counted from all rows at hand.
  const searchable = createMemo(() => open() && (props.free === true || props.options.length > MANY));
  const found = createMemo(() => (open() ? narrow(props.options, text(), props.free === true) : []));
  createEffect(on(text, () => setMark(0)));

  const prepare = (event: ToggleEvent) => {
    if (event.newState !== "open") return;
    setText("");
    setOpen(true);
    const at = button.getBoundingClientRect();
    panel.style.setProperty("--x", `${at.left}px`);
    panel.style.setProperty("--y", `${at.bottom + 4}px`);
  };
  const pick = (value: string, more: boolean) => {
    if (!more) panel.hidePopover();
    props.onPick(value, more);
  };
  const move = (by: number) => {
    const next = Math.max(0, Math.min(found().length - 1, mark() + by));
    setMark(next);
    panel.querySelectorAll("[role=option]")[next]?.scrollIntoView({ block: "nearest" });
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && found()[mark()]) pick(found()[mark()]!.value, event.metaKey || event.ctrlKey);
    else return;
    event.preventDefault();
  };
  const toggled = (event: ToggleEvent) => {
    if (event.newState !== "open") return setOpen(false);
    const chosen = found().findIndex((option) => option.on);
    setMark(Math.max(0, chosen));
    panel.querySelector<HTMLElement>("[data-first]")?.focus();
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        class="word"
        data-on={props.active || undefined}
        popovertarget={id}
        aria-haspopup="listbox"
        aria-expanded={open()}
      >
        {props.label}
        <Icon name="down" />
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        class="menu"
        on:beforetoggle={prepare}
        on:toggle={toggled}
        onKeyDown={keys}
      >
        <Show when={searchable()}>
          <input
            data-first
            role="combobox"
            aria-expanded="true"
            aria-controls={`${id}l`}
            aria-activedescendant={`${id}o${mark()}`}
            placeholder={props.label}
            aria-label={props.label}
            value={text()}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </Show>
        <div
          id={`${id}l`}
          class="options"
          role="listbox"
          aria-label={props.label}
          tabindex="0"
          data-first={searchable() ? undefined : ""}
          aria-activedescendant={`${id}o${mark()}`}
        >
          <For each={found()}>
            {(option, index) => (
              <div
                id={`${id}o${index()}`}
                role="option"
                aria-selected={option.on}
                data-mark={index() === mark() || undefined}
                onPointerMove={() => setMark(index())}
                onClick={(event) => pick(option.value, event.metaKey || event.ctrlKey)}
              >
                <Icon name="check" />
                <span>{option.label}</span>
                <Show when={option.note}>
                  <small class="num">{option.note}</small>
                </Show>
              </div>
            )}
          </For>
          <Show when={found().length === 0}>
            <p>Nothing called that</p>
          </Show>
        </div>
        {props.children}
      </div>
    </>
  );
}

/** Options that hold the typed text; with `free`, the text itself at the end when none is called so. */
function narrow(options: readonly Option[], text: string, free: boolean): readonly Option[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return options;
  const left = options.filter((option) => option.label.toLowerCase().includes(wanted));
  if (!free || left.some((option) => option.label.toLowerCase() === wanted)) return left;
  return [...left, { value: text.trim(), label: text.trim(), on: false }];
}
