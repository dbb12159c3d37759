/**
 * The transcript's place on the screen: which rows are drawn, jumps to events, sticking to the end. The window scrolls.
 * TanStack's `anchorTo: "end"` keeps what is seen where it is when rows come before it; it also pins the end, which is
 * only wanted while following, hence the threshold that nothing reaches.
 */
import { createEffect, createMemo, createSignal, on, onCleanup, onMount, untrack, type Accessor } from "solid-js";
import { estimateRow } from "./estimate.ts";
import type { FirstPlace } from "./place.ts";
import type { Rows } from "./rows.ts";
import type { Place, Side, Transcript } from "./transcript.ts";
import { createVirtualList, type VirtualList } from "./virtual.ts";

/** Where a place is put: in the middle of the screen, right below the header, or so many px below the window's top. */
export type Align = "center" | "top" | number;

export type Scroll = {
  /** Keys of the rows to draw, in order. */
  readonly keys: Accessor<readonly string[]>;
  /** Px from the list's top to the first of them, and of all rows. */
  readonly start: Accessor<number>;
  readonly height: Accessor<number>;
  readonly following: Accessor<boolean>;
  /** The row at the top of the screen, below the header. */
  readonly top: Accessor<number>;
  readonly index: (key: string) => number;
  measure(element: HTMLElement): void;
  /** Shows a place that is loaded. */
  show(place: Place, align?: Align): void;
  /** What is under the hand stays: no sticking to the end until it is reached again. */
  hold(): void;
};

/** Rows beyond the screen that are drawn, so that a quick scroll never runs into white; few until the first paint. */
const OVERSCAN = 14;
const FIRST_OVERSCAN = 2;
/** The next page is fetched when less than this is left, px. */
const AHEAD = 2500;
/** This near to the end is at the end, px. */
const NEAR = 48;
const UNREACHED = -1;
/** The top line and the session's header. */
const HEADER = 120;

type Setting = {
  readonly transcript: Transcript;
  readonly list: () => HTMLElement;
  /** Where to begin; it is loaded. */
  readonly first: FirstPlace;
};

/** Draws and moves while the component lives. */
export function useScroll(setting: Setting): Scroll {
  const { transcript, list, first } = setting;
  const { rows } = transcript;
  const [following, setFollowing] = createSignal(first.place === "end");
  const [margin, setMargin] = createSignal(0);
  const painted = usePainted();
  const virtual = createList(setting, { following, margin, painted });
  const { items, height } = virtual;
  useMargin(list, setMargin);
  useFollowing(transcript, setFollowing);
  useMore(transcript, () => {
    const all = painted() ? items() : [];
    const [head, last] = [all[0], all[all.length - 1]];
    if (!head || !last) return null;
    return { start: head.start - margin(), end: height() - (last.end - margin()) };
  });
  // Rows that were replaced, not added, do not make the engine follow.
  createEffect(on(rows, () => untrack(following) && virtual.toEnd(), { defer: true }));
  const show = useShow(transcript, virtual, setFollowing);
  onMount(() => show(first.place, first.y));
  return {
    keys: createMemo(() => items().map((item) => String(item.key)), [], { equals: sameKeys }),
    start: () => (items()[0]?.start ?? margin()) - margin(),
    height,
    following,
    top: useTop(() => virtual.rowAt(scrollY + HEADER + 24)),
    index: (key) => rows().places.get(key) ?? -1,
    measure: virtual.measure,
    show,
    hold: () => setFollowing(false),
  };
}

type Now = {
  readonly following: Accessor<boolean>;
  readonly margin: Accessor<number>;
  readonly painted: Accessor<boolean>;
};

function createList({ transcript, first }: Setting, now: Now) {
  const { rows } = transcript;
  const columns = Math.max(30, Math.min(92, Math.floor((innerWidth - 40) / 7)));
  const initialOffset = untrack(() => firstOffset(rows(), first.place, columns));
  return createVirtualList(() => {
    const { list } = rows();
    return {
      count: list.length,
      getItemKey: (index) => list[index]!.key,
      estimateSize: (index) => estimateRow(list[index]!, columns),
      scrollMargin: now.margin(),
      followOnAppend: now.following(),
      scrollEndThreshold: now.following() ? NEAR : UNREACHED,
      anchorTo: "end",
      overscan: now.painted() ? OVERSCAN : FIRST_OVERSCAN,
      scrollPaddingStart: HEADER,
      initialOffset,
      initialRect: { width: innerWidth, height: innerHeight },
    };
  });
}

function useShow({ rows }: Transcript, list: VirtualList, setFollowing: (on: boolean) => void): Scroll["show"] {
  const aim = createAim(list.by);
  return (to, align = "center") => {
    aim.stop();
    setFollowing(to === "end");
    if (to === "end") return list.toEnd();
    if (to === "start") return list.toStart();
    const home = untrack(rows).homes.get(to.event);
    const index = home && untrack(rows).places.get(home.key);
    if (index === undefined) return;
    list.toRow(index, align === "center" ? "center" : "start");
    aim.at(to.event, align);
  };
}

/** Looks again in each frame in which the page scrolled. */
function useTop(look: () => number): Accessor<number> {
  const [top, setTop] = createSignal(0);
  let frame = 0;
  const later = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      setTop(look());
    });
  };
  onMount(() => (later(), addEventListener("scroll", later, { passive: true })));
  onCleanup(() => (cancelAnimationFrame(frame), removeEventListener("scroll", later)));
  return top;
}

const sameKeys = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((key, index) => key === b[index]);

/** Where the place will be about, so that its rows are the first that are ever drawn. */
function firstOffset({ list, homes, places }: Rows, place: Place, columns: number): number {
  if (place === "start") return 0;
  const home = typeof place === "object" ? homes.get(place.event) : undefined;
  const index = home ? (places.get(home.key) ?? 0) : list.length;
  const before = list.slice(0, index).reduce((sum, row) => sum + estimateRow(row, columns), 0);
  return Math.max(0, before - innerHeight / (home ? 2 : 1));
}

/** How far down the page the list begins: what stands above it may change (offline line, a long title). */
function useMargin(list: () => HTMLElement, setMargin: (px: number) => void): void {
  const look = () => setMargin(Math.round(list().getBoundingClientRect().top + scrollY));
  onMount(() => {
    look();
    const observer = new ResizeObserver(look);
    for (const before of siblingsAbove(list())) observer.observe(before);
    addEventListener("resize", look);
    onCleanup(() => (observer.disconnect(), removeEventListener("resize", look)));
  });
}

function siblingsAbove(element: HTMLElement): HTMLElement[] {
  const above: HTMLElement[] = [];
  for (let at: HTMLElement | null = element; at && at.tagName !== "MAIN"; at = at.parentElement)
    for (let one = at.previousElementSibling; one; one = one.previousElementSibling) above.push(one as HTMLElement);
  return above;
}

/** Follows from the moment the end is reached until the reader goes up. */
function useFollowing({ span }: Transcript, setFollowing: (on: boolean) => void): void {
  const atEnd = () =>
    untrack(span).next === null && scrollY + innerHeight >= document.documentElement.scrollHeight - NEAR;
  let last = scrollY;
  const look = () => {
    // A pixel or two are rounding; rows that shrink at the end move the page up too, but leave it at the end.
    if (atEnd()) setFollowing(true);
    else if (scrollY < last - 2) setFollowing(false);
    last = scrollY;
  };
  onMount(() => addEventListener("scroll", look, { passive: true }));
  onCleanup(() => removeEventListener("scroll", look));
}

/** True after the first paint: what is not seen then can wait until it was. */
function usePainted(): Accessor<boolean> {
  const [painted, setPainted] = createSignal(false);
  onMount(() => requestAnimationFrame(() => setTimeout(() => setPainted(true))));
  return painted;
}

/** Fetches at both ends before they come into sight. `left`: px to them; null while nothing is drawn. */
function useMore(transcript: Transcript, left: () => Record<Side, number> | null): void {
  createEffect(() => {
    const rest = left();
    if (!rest) return;
    for (const side of ["end", "start"] as const)
      if (rest[side] < AHEAD && transcript.edge(side) === "idle") transcript.more(side);
  });
}

/** Frames after a jump in which the target may still move, because rows around it are measured and unfolded. */
const AIM_FRAMES = [2, 4, 8, 16, 30];

function topFor(height: number, align: "center" | "top"): number {
  const room = innerHeight - HEADER;
  return align === "top" || height > room * 0.8 ? HEADER + 16 : HEADER + (room - height) / 2;
}

/** Brings an event's element to the middle, or its top below the header when it is tall, until it rests or a hand moves. */
function createAim(scrollBy: (delta: number) => void) {
  let target: string | null = null;
  const stop = () => void (target = null);
  const correct = (id: string, align: Align) => {
    const element = document.querySelector(`[data-event-id="${CSS.escape(id)}"]`);
    if (!element) return;
    const { top, height } = element.getBoundingClientRect();
    const wanted = typeof align === "number" ? align : topFor(height, align);
    if (Math.abs(top - wanted) > 4) scrollBy(top - wanted);
  };
  const at = (id: string, align: Align) => {
    target = id;
    let frame = 0;
    const next = () => {
      if (target !== id) return;
      if (AIM_FRAMES.includes(++frame)) correct(id, align);
      if (frame < AIM_FRAMES.at(-1)!) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  };
  const gestures = ["wheel", "touchmove", "keydown", "pointerdown"] as const;
  onMount(() => gestures.forEach((name) => addEventListener(name, stop, { passive: true, capture: true })));
  onCleanup(() => (stop(), gestures.forEach((name) => removeEventListener(name, stop, { capture: true }))));
  return { at, stop };
}
