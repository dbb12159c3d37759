import type { JSX } from "solid-js";

/** Our own line icons on a 24 px grid. */
const PATHS = {
  house: "M3 20v-8c0-6 4-8 9-8s9 2 9 8v8M3 20h18M9 20v-6h6v6",
  timeline: "M4 6h16M4 12h16M4 18h10",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20 20l-4-4",
  insights: "M5 20v-6M10 20V9M15 20v-8M20 20V4",
  machines: "M4 5h16v10H4zM2 19h20",
  status: "M3 12h4l3-7 4 14 3-7h4",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1",
  moon: "M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5",
  auto: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 4v16",
  keys: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6",
  right: "M9 6l6 6-6 6",
  back: "M15 6l-6 6 6 6",
  arrowUp: "M12 19V5M6 11l6-6 6 6",
  arrowDown: "M12 5v14M6 13l6 6 6-6",
  warn: "M12 4l9 16H3zM12 10v4M12 17h.01",
  offline: "M4 4l16 16M8.500 15.500a5 5 0 0 1 6.500-.500M5.500 12a9 9 0 0 1 3-2M12.500 9a9 9 0 0 1 6 3M12 19h.01",
  more: "M5 11.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M12 11.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M19 11.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9h.01",
  terminal: "M4 5h16v14H4zM7 9l3 3-3 3M12 15h4",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  branch: "M7 4v16M7 14c0-4 10-2 10-8M17 4v2",
  memory: "M6 4h12v16l-6-4-6 4z",
  settings: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
  bell: "M6 16v-5a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  enter: "M20 5v8H5M9 9l-4 4 4 4",
  folder: "M3 6h6l2 2h10v11H3z",
  spark: "M12 4v4M12 16v4M4 12h4M16 12h4",
  undo: "M9 6L4 11l5 5M4 11h11a5 5 0 0 1 0 10h-3",
  edit: "M4 20l1-5L16 4l4 4L9 19z",
  plus: "M12 5v14M5 12h14",
  tag: "M4 4h7l9 9-7 7-9-9zM8 8h.01",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M9 9h6M9 13h3",
  select: "M4 4h16v16H4zM8 12l3 3 5-6",
  star: "M6 4h12v16l-6-5-6 5z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
} as const;
export type IconName = keyof typeof PATHS;

/** Every icon there is, for the kit page. */
// The keys of a constant record are its type's.
export const ICONS = Object.keys(PATHS) as readonly IconName[];

/** A line icon in the colour of the text, 16 px unless CSS says otherwise. Decoration: its control carries the name. */
export function Icon(props: { readonly name: IconName }): JSX.Element {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[props.name]} />
    </svg>
  );
}
