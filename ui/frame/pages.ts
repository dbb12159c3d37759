/** The pages there are: one folder and one line each. The rail and the bar show those with a label. */
import { lazy, type Component } from "solid-js";
import type { IconName } from "../kit/Icon.tsx";
import { TimelinePage } from "../timeline/Page.tsx";

export type Page = {
  readonly path: string;
  readonly component: Component;
  readonly link?: { readonly label: string; readonly icon: IconName; readonly low?: true };
};

const SessionPage = lazy(async () => ({ default: (await import("../session/Page.tsx")).SessionPage }));
const InsightsPage = lazy(async () => ({ default: (await import("../insights/Page.tsx")).InsightsPage }));
const MachinesPage = lazy(async () => ({ default: (await import("../machines/Page.tsx")).MachinesPage }));
const ConnectPage = lazy(async () => ({ default: (await import("../connect/Page.tsx")).ConnectPage }));
const StatusPage = lazy(async () => ({ default: (await import("../status/Page.tsx")).StatusPage }));

export const PAGES: readonly Page[] = [
  { path: "/timeline", component: TimelinePage, link: { label: "Timeline", icon: "timeline" } },
  { path: "/sessions/:id", component: SessionPage },
  { path: "/insights", component: InsightsPage, link: { label: "Insights", icon: "insights" } },
  { path: "/machines", component: MachinesPage, link: { label: "Machines", icon: "machines" } },
  { path: "/connect", component: ConnectPage },
  { path: "/status", component: StatusPage, link: { label: "Status", icon: "status", low: true } },
];

/** Fetches the code of the page that is most likely next, so that the first click on a row need not wait for it. */
export function preloadPages(): void {
  // Safari has no idle callback.
  const idle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200));
  idle(() => void SessionPage.preload());
}
