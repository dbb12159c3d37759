/** What the palette can do and where it can go, without asking the server. */
import { counts } from "../timeline/store.ts";
import { agentOf } from "../kit/agents.ts";
import { copyText } from "../kit/Button.tsx";
import { exact } from "../kit/format.ts";
import { toast } from "../kit/Toast.tsx";
import { live } from "../live.ts";
import { signOut } from "../access/state.ts";
import { SECTIONS } from "../settings/sections.ts";
import type { Entry } from "./palette.ts";
import { PAGES } from "./pages.ts";
import { keyLabel, SHORTCUTS } from "./shortcuts.ts";
import { DENSITIES, density, setDensity, setTheme, theme, THEMES, toggleRail } from "./theme.ts";

/** Every entry that needs no answer: pages, actions, settings, filters. `onHelp` opens the help. */
export const localEntries = (onHelp: () => void): readonly Entry[] => [
  ...pages(),
  ...actions(onHelp),
  ...settings(),
  ...filters(),
];

const pages = (): Entry[] =>
  PAGES.flatMap(({ path, link }) =>
    link ? [{ id: `page:${path}`, group: "Go to" as const, label: link.label, icon: link.icon, href: path }] : [],
  );

function actions(onHelp: () => void): Entry[] {
  const group = "Do" as const;
  return [
    { id: "link", group, label: "Copy link to this page", icon: "link", act: () => void copyLink() },
    ...THEMES.filter((one) => one !== theme()).map((one): Entry => ({
      id: `theme:${one}`,
      group,
      label: `Theme: ${one}`,
      words: "appearance colour dark light",
      icon: one === "system" ? "auto" : one === "dark" ? "moon" : "sun",
      act: () => setTheme(one),
    })),
    ...DENSITIES.filter((one) => one !== density()).map((one): Entry => ({
      id: `density:${one}`,
      group,
      label: `Density: ${one}`,
      words: "appearance rows",
      icon: "timeline",
      act: () => setDensity(one),
    })),
    { id: "rail", group, label: "Collapse or widen the rail", words: "sidebar", icon: "back", act: toggleRail },
    { id: "help", group, label: "Shortcuts and search words", icon: "keys", note: key("help"), act: onHelp },
    { id: "add", group, label: "Add a machine", words: "connect device token", icon: "plus", href: "/machines" },
    { id: "again", group, label: "Connect again", words: "reconnect live offline", icon: "offline", act: reconnect },
    { id: "out", group, label: "Sign out", words: "log out leave", icon: "right", act: () => void signOut() },
  ];
}

const settings = (): Entry[] =>
  SECTIONS.map(({ id, label, words }) => ({
    id: `settings:${id}`,
    group: "Settings",
    label,
    words: `settings ${words}`,
    icon: "settings",
    href: `/settings#${id}`,
  }));

function filters(): Entry[] {
  const all = counts();
  const entry =
    (name: string, icon: Entry["icon"], label = (value: string) => value) =>
    ({ value, count }: { value: string; count: number }): Entry => ({
      id: `${name}:${value}`,
      group: "Filter by",
      label: label(value),
      words: name,
      note: `${name} · ${exact(count)}`,
      icon: icon!,
      href: `/timeline?${name}=${encodeURIComponent(value)}`,
    });
  return [
    ...(all?.projects ?? []).map(entry("project", "folder")),
    ...(all?.providers ?? []).map((one) => ({
      ...entry("provider", "terminal", (value) => agentOf(value).label)(one),
      note: `agent · ${exact(one.count)}`,
    })),
    ...(all?.devices ?? []).map((one) => ({
      ...entry("device", "machines")(one),
      note: `machine · ${exact(one.count)}`,
    })),
  ];
}

const key = (name: keyof typeof SHORTCUTS): string => keyLabel(SHORTCUTS[name].key);

async function copyLink(): Promise<void> {
  await copyText(location.href);
  toast({ text: "Link copied" });
}

function reconnect(): void {
  live().retry();
  toast({ text: live().state() === "open" ? "The live feed is connected" : "Trying to connect" });
}
