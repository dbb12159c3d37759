import { createSignal, onCleanup, Show, splitProps, type JSX } from "solid-js";
import { Icon, type IconName } from "./Icon.tsx";

type ButtonProps = Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, "type"> & {
  /** `plain` has a border, `primary` the accent (one per view), `quiet` neither, `danger` deletes. */
  readonly look?: "plain" | "primary" | "quiet" | "danger";
  readonly icon?: IconName;
  readonly type?: "button" | "submit";
};

/** A button that never submits by accident. Without children, give it an `aria-label`. */
export function Button(props: ButtonProps): JSX.Element {
  const [own, rest] = splitProps(props, ["look", "icon", "class", "children", "type"]);
  return (
    <button {...rest} type={own.type ?? "button"} class={`button ${own.class ?? ""}`} data-look={own.look ?? "plain"}>
      <Show when={own.icon}>{(name) => <Icon name={name()} />}</Show>
      {own.children}
    </button>
  );
}

/** Copies `text()` and says so on itself for two seconds. */
export function CopyButton(props: { readonly text: () => string; readonly label?: string }): JSX.Element {
  const [done, setDone] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  const copy = async () => {
    await copyText(props.text());
    setDone(true);
    clearTimeout(timer);
    timer = setTimeout(() => setDone(false), 2000);
  };
  return (
    <Button look="quiet" icon={done() ? "check" : "copy"} onClick={() => void copy()}>
      {done() ? "Copied" : (props.label ?? "Copy")}
    </Button>
  );
}

/** Puts text on the clipboard, over plain http on another machine too, where the clipboard API is missing. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
