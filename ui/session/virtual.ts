/**
 * TanStack's virtualizer for the window, as signals. Its own Solid adapter scrolls before the rows are in the page: when
 * rows come before the first, the page is then too short to scroll to where they push what is read, and the place is lost.
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
  readonly engine: Virtualizer<Window, HTMLElement>;
};

/** A list that lives as long as the component. `options` is tracked: new rows must come with a new `getItemKey`. */
export function createVirtualList(options: () => Omit<Options, keyof typeof FIXED>): VirtualList {
  const engine = new Virtualizer<Window, HTMLElement>({ ...FIXED, ...untrack(options) });
  const [items, setItems] = createSignal<readonly VirtualItem[]>([]);
  const [height, setHeight] = createSignal(0);
  const [version, setVersion] = createSignal(0);
  const publish = () =>
    batch(() => {
      setItems(engine.getVirtualItems());
      setHeight(engine.getTotalSize());
      setVersion((now) => now + 1);
    });
  createComputed(() => {
    engine.setOptions({ ...FIXED, ...options(), onChange: publish });
    untrack(publish);
  });
  // Effects come after drawing.
  createEffect(() => {
    version();
    untrack(() => engine._willUpdate());
  });
  onCleanup(engine._didMount());
  return { items, height, engine };
}
