/** Marks words in what is on the screen, by the browser's own highlights: no element is added, so nothing is laid out anew. */
import { createEffect, onCleanup, onMount, type Accessor } from "solid-js";

type Marking = {
  readonly list: () => HTMLElement;
  /** What to mark, whatever its case; "" = nothing. */
  readonly text: Accessor<string>;
  /** The event whose marks stand out, and are brought into sight. */
  readonly current: Accessor<string | null>;
};

/** More are not looked for in one pass: a letter stands everywhere. */
const MOST = 3000;
/** A jump has come to rest by then (ms). */
const RESTED_MS = 650;

/** Keeps the marks right while rows come and go. Does nothing where the browser has no highlights. */
export function markMatches({ list, text, current }: Marking): void {
  if (!("highlights" in CSS)) return;
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = () => {
    frame = 0;
    const now: Range[] = [];
    const rest: Range[] = [];
    const needle = text().toLowerCase();
    if (needle !== "")
      for (const element of list().querySelectorAll<HTMLElement>(".ev"))
        for (const range of rangesIn(element, needle, MOST - rest.length - now.length))
          (idOf(range.startContainer) === current() ? now : rest).push(range);
    CSS.highlights.set("find", new Highlight(...rest));
    CSS.highlights.set("find-now", new Highlight(...now));
    return now;
  };
  const later = () => void (frame ||= requestAnimationFrame(draw));
  const bringIn = () => {
    const box = draw()[0]?.getBoundingClientRect();
    if (box && (box.top < 120 || box.bottom > innerHeight - 40)) scrollBy(0, box.top - innerHeight / 3);
  };
  createEffect(() => (text(), current(), later()));
  createEffect(() => {
    clearTimeout(timer);
    if (current() !== null) timer = setTimeout(bringIn, RESTED_MS);
  });
  onMount(() => {
    const observer = new MutationObserver(() => text() !== "" && later());
    observer.observe(list(), { childList: true, subtree: true, characterData: true });
    onCleanup(() => observer.disconnect());
  });
  onCleanup(() => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    CSS.highlights.delete("find");
    CSS.highlights.delete("find-now");
  });
}

const idOf = (node: Node): string | null =>
  node.parentElement?.closest<HTMLElement>("[data-event-id]")?.dataset["eventId"] ?? null;

/** The places of a text within an element, over the borders of its nodes too: colours cut words into several. */
function rangesIn(element: HTMLElement, needle: string, most: number): readonly Range[] {
  const nodes: { readonly node: Text; readonly from: number }[] = [];
  let all = "";
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node: node as Text, from: all.length });
    const { data } = node as Text;
    const lower = data.toLowerCase();
    // A few letters grow when they are made small; places must stay places.
    all += lower.length === data.length ? lower : data;
  }
  const found: Range[] = [];
  let last = 0;
  const point = (at: number, end: boolean) => {
    while (last < nodes.length - 1 && nodes[last + 1]!.from + (end ? 1 : 0) <= at) last++;
    return { node: nodes[last]!.node, offset: at - nodes[last]!.from };
  };
  for (let at = all.indexOf(needle); at >= 0 && found.length < most; at = all.indexOf(needle, at + needle.length)) {
    const [from, to] = [point(at, false), point(at + needle.length, true)];
    const range = document.createRange();
    range.setStart(from.node, from.offset);
    range.setEnd(to.node, to.offset);
    found.push(range);
  }
  return found;
}
