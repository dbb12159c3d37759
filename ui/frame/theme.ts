/** Light, dark or as the system says; kept in this browser (ui/theme.ts applies it before the first paint). */
import { createSignal } from "solid-js";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const stored = (): Theme => THEMES.find((theme) => theme === localStorage.getItem("theme")) ?? "system";
const [theme, setTheme] = createSignal<Theme>(stored());

/** The theme chosen. */
export { theme };

/** Goes on to the next of system, light, dark. */
export function nextTheme(): void {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]!;
  setTheme(next);
  if (next === "system") {
    localStorage.removeItem("theme");
    delete document.documentElement.dataset.theme;
    return;
  }
  localStorage.setItem("theme", next);
  document.documentElement.dataset.theme = next;
}
