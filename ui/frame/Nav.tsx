import { useLocation } from "@solidjs/router";
import { createEffect, For, Show, type JSX } from "solid-js";
import { Button } from "../kit/Button.tsx";
import { Icon, type IconName } from "../kit/Icon.tsx";
import { PAGES } from "./pages.ts";
import { keyLabel, SHORTCUTS } from "./shortcuts.ts";
import { nextTheme, rail, theme, toggleRail, type Theme } from "./theme.ts";

const ICON: Readonly<Record<Theme, IconName>> = { system: "auto", light: "sun", dark: "moon" };
const links = PAGES.filter((page) => page.link !== undefined).map((page) => ({ path: page.path, ...page.link! }));

/** The rail at the left on wide screens. */
export function Rail(props: { readonly onHelp: () => void }): JSX.Element {
  return (
    <nav class="rail" aria-label="Main">
      <For each={links.filter((link) => !link.low)}>{(link) => <NavLink {...link} />}</For>
      <div class="space" />
      <For each={links.filter((link) => link.low)}>{(link) => <NavLink {...link} />}</For>
      <ThemeButton />
      <button type="button" onClick={() => props.onHelp()} title="Keyboard shortcuts">
        <Icon name="keys" />
        <span>Shortcuts</span>
        <kbd aria-hidden="true">{keyLabel(SHORTCUTS.help.key)}</kbd>
      </button>
      <button
        type="button"
        class="slimmer"
        aria-expanded={rail() === "wide"}
        title={rail() === "wide" ? "Show icons only" : "Show names"}
        onClick={toggleRail}
      >
        <Icon name={rail() === "wide" ? "back" : "right"} />
        <span>Collapse</span>
      </button>
    </nav>
  );
}

function ThemeButton(): JSX.Element {
  return (
    <button type="button" onClick={nextTheme} title="Switch between system, light and dark">
      <Icon name={ICON[theme()]} />
      <span>Theme: {theme()}</span>
    </button>
  );
}

/** The bar at the foot on phones: two pages, the search, and a sheet with all the rest. */
export function Bar(props: { readonly onMore: () => void }): JSX.Element {
  const search = () => document.querySelector<HTMLInputElement>("[data-testid=search-input]")?.focus();
  const location = useLocation();
  const elsewhere = () => links.some((link) => !link.bar && location.pathname.startsWith(link.path));
  return (
    <nav class="bar" aria-label="Main">
      <For each={links.filter((link) => link.bar)}>{(link) => <NavLink {...link} />}</For>
      <button type="button" onClick={search}>
        <Icon name="search" />
        <span>Search</span>
      </button>
      <button type="button" aria-haspopup="dialog" data-here={elsewhere() || undefined} onClick={() => props.onMore()}>
        <Icon name="more" />
        <span>More</span>
      </button>
    </nav>
  );
}

/** The phone's sheet: every page that has no place in the bar, the palette, the theme. */
export function More(props: {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onPalette: () => void;
  readonly onHelp: () => void;
}): JSX.Element {
  let dialog!: HTMLDialogElement;
  createEffect(() => (props.open ? dialog.showModal() : dialog.close()));
  const instead = (act: () => void) => (props.onClose(), act());
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="more-title"
      onClose={() => props.onClose()}
      onClick={(event) => (event.target === dialog || (event.target as Element).closest("a")) && props.onClose()}
    >
      <Show when={props.open}>
        <div>
          <header>
            <h2 id="more-title">More</h2>
            <Button look="quiet" icon="close" aria-label="Close" onClick={() => props.onClose()} />
          </header>
          <For each={links.filter((link) => !link.bar)}>{(link) => <NavLink {...link} />}</For>
          <button type="button" onClick={() => instead(props.onPalette)}>
            <Icon name="search" />
            <span>Go to…</span>
          </button>
          <ThemeButton />
          <button type="button" onClick={() => instead(props.onHelp)}>
            <Icon name="keys" />
            <span>Search words and shortcuts</span>
          </button>
        </div>
      </Show>
    </dialog>
  );
}

function NavLink(props: { readonly path: string; readonly label: string; readonly icon: IconName }): JSX.Element {
  const location = useLocation();
  const here = () =>
    location.pathname === props.path ||
    location.pathname.startsWith(`${props.path}/`) ||
    (props.path === "/timeline" && location.pathname.startsWith("/sessions/"));
  return (
    <a href={props.path} title={props.label} aria-current={here() ? "page" : undefined}>
      <Icon name={props.icon} />
      <span>{props.label}</span>
    </a>
  );
}
