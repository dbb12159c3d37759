/**
 * The page's first script, a file of its own since no inline script is allowed; it holds up the first paint, so it is short.
 * A chosen look must not flash. What the page at this address needs is sent for at once, beside the app's code; and the
 * code runs once the empty frame of index.html was painted, for reading it takes longer than a frame.
 */
import { askEarly } from "./early.ts";
import { afterPaint } from "./frame/painted.ts";
import { firstAsked } from "./frame/first-asked.ts";
import "./theme.ts";

/** Set by build.ts: the app's code, and what draws a session besides. */
declare const BUILD_ENTRY: string;
declare const BUILD_SESSION: readonly string[];

// The parse boundary: a page that was left and comes back has what `useKeptPlace` and the router wrote.
const asked = firstAsked(location, history.state as Record<string, unknown> | null);
for (const path of asked.paths) askEarly(path);
if (asked.isSession)
  for (const path of BUILD_SESSION) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = path;
    document.head.append(link);
  }
afterPaint(() => void import(BUILD_ENTRY));
