/** How it looks in this browser, kept in it: theme, density, width of the rail (ui/theme.ts applies them before the first paint). */
import { createSignal, type Accessor } from "solid-js";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ["compact", "comfortable"] as const;
export type Density = (typeof DENSITIES)[number];
const RAILS = ["wide", "slim"] as const;

const [theme, setTheme] = kept("theme", THEMES);
const [density, setDensity] = kept("density", DENSITIES);
const [rail, setRail] = kept("rail", RAILS);

/** The theme chosen; `system` follows the system. */
export { theme, setTheme };
/** The density chosen. */
export { density, setDensity };
/** Whether the rail shows words or only icons. */
export { rail };

/** Goes on to the next of system, light, dark. */
export function nextTheme(): void {
  setTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]!);
}

/** Shows the rail's words, or only its icons. */
export const toggleRail = (): void => setRail(rail() === "wide" ? "slim" : "wide");

/** A choice in localStorage and as `data-NAME` on the root; the first value is the default and stands nowhere. */
function kept<T extends string>(name: string, values: readonly T[]): [Accessor<T>, (value: T) => void] {
  const first = values[0]!;
  const stored = values.find((value) => value === localStorage.getItem(name)) ?? first;
  const [value, set] = createSignal<T>(stored);
  const choose = (next: T) => {
    set(() => next);
    if (next === first) {
      localStorage.removeItem(name);
      delete document.documentElement.dataset[name];
      return;
    }
    localStorage.setItem(name, next);
    document.documentElement.dataset[name] = next;
  };
  return [value, choose];
}
