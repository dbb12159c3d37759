/**
 * TanStack's virtualizer for the window, as signals, with two faults mended. Its own Solid adapter scrolls before the rows
 * are in the page: when rows come before the first, the page is then too short to scroll to where they push what is read.
 * And rows that come between a scroll of ours and its event are not answered by a scroll at all.
 */
import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
  type VirtualItem,
  type VirtualizerOptions,
} from "@tanstack/solid-virtual";
import { batch, createComputed, createEffect, createSignal, onCleanup, untrack, type Accessor } from "solid-js";

type Engine = Virtualizer<Window, HTMLElement>;
type Options = VirtualizerOptions<Window, HTMLElement>;
const FIXED = {
  getScrollElement: () => window,
  observeElementRect: observeWindowRect,
  observeElementOffset: observeWindowOffset,
  scrollToFn: windowScroll,
} as const;

export type VirtualList = {
  /** The rows to draw, in order. */
  readonly items: Accessor<readonly VirtualItem[]>;
  /** Of all rows, px. */
  readonly height: Accessor<number>;
  /** The row at this place of the page, px from its top. */
  readonly rowAt: (offset: number) => number;
  measure(element: HTMLElement): void;
  toEnd(): void;
  toStart(): void;
  /** Scrolls so that the row is in the middle of the screen, or at its top. Where that is, is an estimate. */
  toRow(index: number, align: "center" | "start"): void;
  by(delta: number): void;
};

/** A list that lives as long as the component. `options` is tracked: new rows must come with a new `getItemKey`. */
export function createVirtualList(options: () => Omit<Options, keyof typeof FIXED>): VirtualList {
  const engine: Engine = new Virtualizer<Window, HTMLElement>({ ...FIXED, ...untrack(options) });
  const [items, setItems] = createSignal<readonly VirtualItem[]>([]);
  const [height, setHeight] = createSignal(0);
  const [version, setVersion] = createSignal(0);
  const moves = createMoves(engine);
  const publish = () =>
    batch(() => {
      setItems(engine.getVirtualItems());
      setHeight(engine.getTotalSize());
      setVersion((now) => now + 1);
    });
  createComputed(() => {
    moves.remember();
    engine.setOptions({ ...FIXED, ...options(), onChange: publish });
    untrack(publish);
  });
  // Effects come after drawing.
  createEffect(() => {
    version();
    untrack(() => (engine._willUpdate(), moves.mend()));
  });
  onCleanup(engine._didMount());
  return {
    items,
    height,
    rowAt: (offset) => untrack(() => engine.getVirtualItemForOffset(offset)?.index ?? 0),
    // Measured when it stands in the page: before, its height is 0.
    measure: (element) => queueMicrotask(() => engine.measureElement(element)),
    ...moves.commands,
  };
}

/** What was at the window's top when rows came, and how far into it. */
type Anchor = { readonly key: VirtualItem["key"]; readonly within: number };

/** Scrolls of ours, and what is to be put right when rows come before their event does. */
function createMoves(engine: Engine) {
  /** The last scroll of ours that has not told its event yet; 0 when it has. */
  let moving = 0;
  let count = 0;
  let anchor: Anchor | null = null;
  const arrived = () => void (moving = 0);
  addEventListener("scroll", arrived, { passive: true });
  onCleanup(() => removeEventListener("scroll", arrived));
  const move = (scroll: () => void) => {
    const mine = (moving = ++count);
    anchor = null;
    scroll();
    // A scroll to where the window is already has no event.
    requestAnimationFrame(() => requestAnimationFrame(() => moving === mine && arrived()));
  };
  return {
    remember() {
      const row = moving > 0 && !anchor ? untrack(() => engine.getVirtualItemForOffset(scrollY)) : undefined;
      if (row) anchor = { key: row.key, within: scrollY - row.start };
    },
    mend() {
      if (!anchor) return;
      const { key, within } = anchor;
      anchor = null;
      const row = engine.measurementsCache.find((one) => one.key === key);
      if (row && Math.abs(row.start + within - scrollY) > 1) move(() => engine.scrollBy(row.start + within - scrollY));
    },
    commands: {
      toEnd: () => move(() => engine.scrollToEnd()),
      toStart: () => move(() => engine.scrollToOffset(0)),
      // Not `scrollToIndex`: it goes on to its index when rows have come before it, and that is another row then.
      toRow(index: number, align: "center" | "start") {
        const offset = engine.getOffsetForIndex(index, align)?.[0];
        if (offset !== undefined) move(() => engine.scrollToOffset(offset));
      },
      by: (delta: number) => move(() => engine.scrollBy(delta)),
    },
  };
}
