/**
 * Keeps only the chunks of rows near the screen in the document; the others stand as empty boxes of the height they had.
 * A long list then costs a few hundred elements, day heads stay sticky, and heights may differ freely.
 */
import { batch, createSignal, onCleanup, onMount, type Accessor } from "solid-js";

type Item = { box(): HTMLElement; isNear(): boolean; setNear(near: boolean, height: number): void };

export type Windowing = {
  /** Looks after a chunk's box until the way to stop, returned, is called. */
  watch(item: Item): () => void;
  /** Looks now instead of at the next scroll: after rows came or the place was restored. */
  update(): void;
  /** Nothing is above the screen. */
  readonly atTop: Accessor<boolean>;
};

/** Rows this far beyond the screen stay drawn, px: more than a flick covers between two frames. */
const MARGIN = 1600;

/** Windowing for the component that calls it. `onEnd` is called whenever less than two screens are left below. */
export function useWindowing(onEnd: () => void): Windowing {
  const items = new Set<Item>();
  const [atTop, setAtTop] = createSignal(true);
  const update = () => {
    // All reads before all writes: one layout, however many chunks.
    const looks = [...items].map((item) => ({ item, at: item.box().getBoundingClientRect() }));
    const y = scrollY;
    const left = document.documentElement.scrollHeight - y - innerHeight;
    batch(() => {
      setAtTop(y < 8);
      for (const { item, at } of looks) {
        const near = at.bottom > -MARGIN && at.top < innerHeight + MARGIN;
        // What has the focus stays, else the keyboard would lose its place.
        if (near !== item.isNear() && (near || !item.box().contains(document.activeElement)))
          item.setNear(near, at.height);
      }
    });
    if (left < 2 * innerHeight) onEnd();
  };
  let frame = 0;
  const later = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      update();
    });
  };
  onMount(() => {
    addEventListener("scroll", update, { passive: true });
    addEventListener("resize", update, { passive: true });
  });
  onCleanup(() => {
    removeEventListener("scroll", update);
    removeEventListener("resize", update);
    cancelAnimationFrame(frame);
  });
  return {
    watch(item) {
      items.add(item);
      return () => void items.delete(item);
    },
    // Looking lays the page out: where no chunk waits to be drawn, the next frame's own layout will do.
    update: () => (items.size > 0 ? update() : later()),
    atTop,
  };
}
