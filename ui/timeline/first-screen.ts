/** A list's first screenful is drawn and painted before the rest of its first page: fifty rows cost three times as much. */
import { createEffect, createMemo, createSignal, type Accessor } from "solid-js";
import { afterPaint } from "../frame/painted.ts";
import { hasPlace } from "../frame/place.ts";
import type { View } from "./view.ts";

/** Rows of any laptop's screen. */
const SCREEN = 16;

export type FirstScreen = {
  /** How many of the list's rows may be drawn. */
  readonly room: Accessor<number>;
  /** All of them may. */
  readonly whole: Accessor<boolean>;
};

/** Follows what is shown. A list that was drawn before, or whose reader was further down, is drawn whole at once. */
export function useFirstScreen(view: Accessor<View>): FirstScreen {
  const [painted, setPainted] = createSignal<View | null>(null);
  const whole = createMemo(() => {
    const shown = view();
    return painted() === shown || shown.isSearch || shown.heights.size > 0 || hasPlace();
  });
  createEffect(() => {
    const shown = view();
    if (!whole() && shown.list().entries.length > 0) afterPaint(() => setPainted(shown));
  });
  return { whole, room: () => (whole() ? Infinity : SCREEN) };
}
