/** The pages there are: one folder and one line each. The rail, the bar and the palette show those with a label. */
import { lazy, type Component } from "solid-js";
import type { IconName } from "../kit/Icon.tsx";
import { idle } from "../kit/idle.ts";
import { parseFilters } from "../timeline/filters.ts";
import { TimelinePage } from "../timeline/Page.tsx";
import { viewOf } from "../timeline/store.ts";

export type PageLink = {
  readonly label: string;
  readonly icon: IconName;
  /** At the foot of the rail; on a phone under "More". */
  readonly low?: true;
  /** Has a place of its own in the phone's bar; two have. */
  readonly bar?: true;
};

export type Page = { readonly path: string; readonly component: Component; readonly link?: PageLink };

const SessionPage = lazy(async () => ({ default: (await import("../session/Page.tsx")).SessionPage }));
const InsightsPage = lazy(async () => ({ default: (await import("../insights/Page.tsx")).InsightsPage }));
const MachinesPage = lazy(async () => ({ default: (await import("../machines/Page.tsx")).MachinesPage }));
const MemoryPage = lazy(async () => ({ default: (await import("../memory/Page.tsx")).MemoryPage }));
const SettingsPage = lazy(async () => ({ default: (await import("../settings/Page.tsx")).SettingsPage }));
const ConnectPage = lazy(async () => ({ default: (await import("../connect/Page.tsx")).ConnectPage }));
const StatusPage = lazy(async () => ({ default: (await import("../status/Page.tsx")).StatusPage }));

export const PAGES: readonly Page[] = [
  { path: "/timeline", component: TimelinePage, link: { label: "Timeline", icon: "timeline", bar: true } },
  { path: "/sessions/:id", component: SessionPage },
  { path: "/insights", component: InsightsPage, link: { label: "Insights", icon: "insights" } },
  { path: "/machines", component: MachinesPage, link: { label: "Machines", icon: "machines", bar: true } },
  { path: "/memory", component: MemoryPage, link: { label: "Memory", icon: "memory" } },
  { path: "/connect", component: ConnectPage },
  { path: "/settings", component: SettingsPage, link: { label: "Settings", icon: "settings", low: true } },
  { path: "/status", component: StatusPage, link: { label: "Status", icon: "status", low: true } },
  ...developerPages(),
];

/** `/kit`, where every component stands in every state; left out of what is shipped. */
function developerPages(): readonly Page[] {
  if (typeof BUILD_KIT === "undefined" || !BUILD_KIT) return [];
  const KitPage = lazy(async () => ({ default: (await import("../gallery/Page.tsx")).KitPage }));
  return [{ path: "/kit", component: KitPage }];
}

/** Set by build.ts: true only with --dev and --kit. */
declare const BUILD_KIT: boolean | undefined;

/** Asks for what the page at the address will need, while the frame is still being painted. */
export function startPage({ pathname, search }: Location): void {
  if (pathname === "/timeline") viewOf(parseFilters(search));
  if (pathname.startsWith("/sessions/")) void SessionPage.preload();
}

/** The page's own code and first answers are there by then, and the line is free. */
const REST_MS = 2000;
const POINTS = ["pointermove", "pointerdown"] as const;

/** Fetches the code of what is most likely next once the page rests, or a pointer comes near; at a first key it would hold that up. */
export function preloadPages(): void {
  const fetchNow = () => {
    clearTimeout(timer);
    for (const point of POINTS) removeEventListener(point, fetchNow);
    idle(() => void SessionPage.preload());
  };
  const timer = setTimeout(fetchNow, REST_MS);
  for (const point of POINTS) addEventListener(point, fetchNow, { once: true, passive: true });
}
