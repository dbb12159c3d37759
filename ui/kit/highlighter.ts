/** The highlighter as a signal: null until it was wanted and has come, which is after the first paint. */
import { createSignal } from "solid-js";
import { idle, SOON_MS } from "./idle.ts";
import type { Line } from "./lines.ts";

export type Highlighter = (code: string, language: string) => readonly Line[];

const [ready, setReady] = createSignal<Highlighter | null>(null);
let wanted = false;

/** The highlighter, once it is there. The first call sends for it. */
export function highlighter(): Highlighter | null {
  if (!wanted) idle(() => void load(), SOON_MS);
  wanted = true;
  return ready();
}

async function load(): Promise<void> {
  const { highlight } = await import("./highlight.ts");
  setReady(() => remembering(highlight));
}

const KEPT = 300;

/** Scrolling back and forth must not cost the same work each time. */
function remembering(highlight: Highlighter): Highlighter {
  const known = new Map<string, readonly Line[]>();
  return (code, language) => {
    const key = `${language}\n${code}`;
    const lines = known.get(key) ?? highlight(code, language);
    known.delete(key);
    known.set(key, lines);
    if (known.size > KEPT) known.delete(known.keys().next().value!);
    return lines;
  };
}
