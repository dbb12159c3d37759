import { batch, createMemo, createSignal, createUniqueId, For, Show, type JSX } from "solid-js";
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
  const list = createList(props);
  let button!: HTMLButtonElement;
  let panel!: HTMLDivElement;

  const prepare = (event: ToggleEvent) => {
    if (event.newState !== "open") return;
    list.open();
    const at = button.getBoundingClientRect();
    panel.style.setProperty("--x", `${at.left}px`);
    panel.style.setProperty("--y", `${at.bottom + 4}px`);
  };
  const toggled = (event: ToggleEvent) => {
    if (event.newState !== "open") return list.close();
    panel.querySelector<HTMLElement>("[data-first]")?.focus();
  };
  const pick = (value: string, more: boolean) => {
    if (!more) panel.hidePopover();
    props.onPick(value, more);
  };
  const keys = (event: KeyboardEvent) => {
    // A date has its own use for arrows and Enter.
    if (event.target instanceof HTMLInputElement && event.target.type === "date") return;
    const marked = list.found()[list.mark()];
    if (event.key === "ArrowDown") list.move(1);
    else if (event.key === "ArrowUp") list.move(-1);
    else if (event.key === "Enter" && marked) pick(marked.value, event.metaKey || event.ctrlKey);
    else return;
    event.preventDefault();
    panel.querySelector("[data-mark]")?.scrollIntoView({ block: "nearest" });
  };
  return (
    <>
      <OpenButton ref={button} id={list.id} label={props.label} active={props.active} open={list.isOpen()} />
      <div
        ref={panel}
        id={list.id}
        popover="auto"
        class="menu"
        on:beforetoggle={prepare}
        on:toggle={toggled}
        onKeyDown={keys}
      >
        <Show when={list.isLong()}>
          <Narrow list={list} label={props.label} />
        </Show>
        <Options list={list} label={props.label} onPick={pick} />
        {props.children}
      </div>
    </>
  );
}

type List = ReturnType<typeof createList>;

/** What is open, typed and marked. Options are made when the list opens: some are counted from all rows at hand. */
function createList(props: MenuProps) {
  const id = createUniqueId();
  const [text, setText] = createSignal("");
  const [isOpen, setOpen] = createSignal(false);
  const [mark, setMark] = createSignal(0);
  const isLong = createMemo(() => isOpen() && (props.free === true || props.options.length > MANY));
  const found = createMemo(() => (isOpen() ? narrow(props.options, text(), props.free === true) : []));
  const type = (typed: string) => batch(() => (setText(typed), setMark(0)));
  const open = () => {
    setText("");
    setOpen(true);
    const chosen = found().findIndex((option) => option.on);
    setMark(Math.max(0, chosen));
  };
  const move = (by: number) => setMark((now) => Math.max(0, Math.min(found().length - 1, now + by)));
  return { id, text, type, isOpen, open, close: () => void setOpen(false), mark, setMark, move, isLong, found };
}

type OpenButtonProps = {
  readonly ref: HTMLButtonElement;
  readonly id: string;
  readonly label: string;
  readonly active: boolean;
  readonly open: boolean;
};

function OpenButton(props: OpenButtonProps): JSX.Element {
  return (
    <button
      ref={props.ref}
      type="button"
      class="word"
      data-on={props.active || undefined}
      popovertarget={props.id}
      aria-haspopup="listbox"
      aria-expanded={props.open}
    >
      {props.label}
      <Icon name="down" />
    </button>
  );
}

function Narrow(props: { readonly list: List; readonly label: string }): JSX.Element {
  return (
    <input
      data-first
      role="combobox"
      aria-expanded="true"
      aria-controls={`${props.list.id}l`}
      aria-activedescendant={`${props.list.id}o${props.list.mark()}`}
      placeholder={props.label}
      aria-label={props.label}
      value={props.list.text()}
      onInput={(event) => props.list.type(event.currentTarget.value)}
    />
  );
}

type OptionsProps = {
  readonly list: List;
  readonly label: string;
  readonly onPick: (value: string, more: boolean) => void;
};

function Options(props: OptionsProps): JSX.Element {
  return (
    <div
      id={`${props.list.id}l`}
      class="options"
      role="listbox"
      aria-label={props.label}
      tabindex="0"
      data-first={props.list.isLong() ? undefined : ""}
      aria-activedescendant={`${props.list.id}o${props.list.mark()}`}
    >
      <For each={props.list.found()}>
        {(option, index) => (
          <div
            id={`${props.list.id}o${index()}`}
            role="option"
            aria-selected={option.on}
            data-mark={index() === props.list.mark() || undefined}
            onPointerMove={() => props.list.setMark(index())}
            onClick={(event) => props.onPick(option.value, event.metaKey || event.ctrlKey)}
          >
            <Icon name="check" />
            <span>{option.label}</span>
            <Show when={option.note}>
              <small class="num">{option.note}</small>
            </Show>
          </div>
        )}
      </For>
      <Show when={props.list.found().length === 0}>
        <p>Nothing called that</p>
      </Show>
    </div>
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
