/** The pages there are: one folder and one line each. The rail and the bar show those with a label. */
import { lazy, type Component } from "solid-js";
import type { IconName } from "../kit/Icon.tsx";
import { TimelinePage } from "../timeline/Page.tsx";

export type Page = {
  readonly path: string;
  readonly component: Component;
  readonly link?: { readonly label: string; readonly icon: IconName; readonly low?: true };
};

export const PAGES: readonly Page[] = [
  { path: "/timeline", component: TimelinePage, link: { label: "Timeline", icon: "timeline" } },
  {
    path: "/sessions/:id",
    component: lazy(async () => ({ default: (await import("../session/Page.tsx")).SessionPage })),
  },
  {
    path: "/status",
    component: lazy(async () => ({ default: (await import("../status/Page.tsx")).StatusPage })),
    link: { label: "Status", icon: "status", low: true },
  },
];
