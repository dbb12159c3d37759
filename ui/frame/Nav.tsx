import { useLocation } from "@solidjs/router";
import { For, type JSX } from "solid-js";
import { Icon, type IconName } from "../kit/Icon.tsx";
import { PAGES } from "./pages.ts";
import { nextTheme, theme, type Theme } from "./theme.ts";

const ICON: Readonly<Record<Theme, IconName>> = { system: "auto", light: "sun", dark: "moon" };
const links = PAGES.filter((page) => page.link !== undefined).map((page) => ({ path: page.path, ...page.link! }));

/** The rail at the left on wide screens. */
export function Rail(props: { readonly onHelp: () => void }): JSX.Element {
  return (
    <nav class="rail" aria-label="Main">
      <For each={links.filter((link) => !link.low)}>{(link) => <NavLink {...link} />}</For>
      <div class="space" />
      <For each={links.filter((link) => link.low)}>{(link) => <NavLink {...link} />}</For>
      <button type="button" onClick={nextTheme} title="Switch between system, light and dark">
        <Icon name={ICON[theme()]} />
        <span>Theme: {theme()}</span>
      </button>
      <button type="button" onClick={() => props.onHelp()} title="Keyboard shortcuts">
        <Icon name="keys" />
        <span>Shortcuts</span>
        <kbd aria-hidden="true">?</kbd>
      </button>
    </nav>
  );
}

/** The bar at the foot on phones: four, so the low ones are left to the rail (the health dot leads to the status). */
export function Bar(): JSX.Element {
  const search = () => document.querySelector<HTMLInputElement>("[data-testid=search-input]")?.focus();
  return (
    <nav class="bar" aria-label="Main">
      <For each={links.filter((link) => !link.low)}>{(link) => <NavLink {...link} />}</For>
      <button type="button" onClick={search}>
        <Icon name="search" />
        <span>Search</span>
      </button>
      <button type="button" onClick={nextTheme}>
        <Icon name={ICON[theme()]} />
        <span>Theme</span>
        <span class="unseen">{theme()}</span>
      </button>
    </nav>
  );
}

function NavLink(props: { readonly path: string; readonly label: string; readonly icon: IconName }): JSX.Element {
  const location = useLocation();
  const here = () =>
    location.pathname === props.path || (props.path === "/timeline" && location.pathname.startsWith("/sessions/"));
  return (
    <a href={props.path} aria-current={here() ? "page" : undefined}>
      <Icon name={props.icon} />
      <span>{props.label}</span>
    </a>
  );
}
