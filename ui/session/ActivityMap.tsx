import { createMemo, For, Show, type JSX } from "solid-js";
import type { Stretch } from "../../src/domain/activity.ts";
import { clock, plural } from "../kit/format.ts";

type MapProps = {
  readonly stretches: readonly Stretch[];
  /** The share of the session that lies above the screen, 0 to 1; null while it is not known. */
  readonly here: number | null;
  readonly onJump: (event: string) => void;
};

/** The session from its start to its end as one thin strip: how much was done where, changes and failures told apart. */
export function ActivityMap(props: MapProps): JSX.Element {
  const most = createMemo(() => Math.max(1, ...props.stretches.map((one) => one.tools)));
  const jump = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * props.stretches.length);
    const stretch = props.stretches[Math.max(0, Math.min(props.stretches.length - 1, at))];
    if (stretch) props.onJump(stretch.event_id);
  };
  return (
    <Show when={props.stretches.length > 3}>
      {/* By keyboard the list of prompts below does the same. */}
      <div class="map" aria-hidden="true" onClick={jump}>
        <svg viewBox={`0 0 ${props.stretches.length} 24`} preserveAspectRatio="none">
          <For each={props.stretches}>
            {(one, at) => (
              <>
                <rect
                  class={one.errors > 0 ? "bad" : one.changes > 0 ? "change" : ""}
                  x={at()}
                  width="0.8"
                  y={21 - 18 * Math.sqrt(one.tools / most())}
                  height={Math.max(1, 18 * Math.sqrt(one.tools / most()))}
                >
                  <title>{titleOf(one)}</title>
                </rect>
                <Show when={one.prompts > 0}>
                  <rect class="prompt-mark" x={at()} width="0.8" y="22" height="2" />
                </Show>
              </>
            )}
          </For>
        </svg>
        <Show when={props.here !== null}>
          <i style={{ "inset-inline-start": `${(props.here! * 100).toFixed(2)}%` }} />
        </Show>
      </div>
    </Show>
  );
}

function titleOf(one: Stretch): string {
  const parts = [
    one.at ? clock(one.at) : "",
    plural(one.events, "event"),
    one.changes > 0 ? plural(one.changes, "change") : "",
    one.errors > 0 ? `${one.errors} failed` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}
