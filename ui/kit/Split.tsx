import { createMemo, createSignal, For, Show, type JSX } from "solid-js";
import type { DiffLine } from "../../src/domain/diff.ts";
import { exact } from "./format.ts";
import { Runs } from "./Lines.tsx";
import { cut, type Line } from "./lines.ts";
import { splitLines, type Pair } from "./split.ts";

type SplitProps = {
  readonly lines: readonly DiffLine[];
  /** The same lines in colours. */
  readonly painted: readonly Line[];
  readonly label: string;
  readonly head: number;
};

const STEP = 1000;

/** Before and after side by side; long lines break within their half. */
export function Split(props: SplitProps): JSX.Element {
  const [more, setMore] = createSignal(0);
  const pairs = createMemo(() => splitLines(props.lines).filter((pair, at) => at > 0 || !isHunk(props.lines, pair)));
  const shown = createMemo(() => cut(pairs().length, props.head + more(), 0));
  return (
    <div class="lines split" role="region" tabindex="0" aria-label={props.label}>
      <div class="pairs">
        <For each={pairs().slice(0, shown().head)}>
          {(pair) => (
            <>
              <Half {...props} at={pair.left} side="old" />
              <Half {...props} at={pair.right} side="new" />
            </>
          )}
        </For>
      </div>
      <Show when={shown().hidden > 0}>
        <button type="button" class="more" onClick={() => setMore((count) => count + STEP)}>
          Show {exact(Math.min(STEP, shown().hidden))} more lines
        </button>
      </Show>
    </div>
  );
}

const isHunk = (lines: readonly DiffLine[], { left }: Pair): boolean => left !== null && lines[left]!.sign === "@";

const LOOKS = { "+": "add", "-": "del", "@": "hunk", " ": "" } as const;

function Half(props: SplitProps & { readonly at: number | null; readonly side: "old" | "new" }): JSX.Element {
  const line = () => (props.at === null ? null : props.lines[props.at]!);
  return (
    <Show when={line()} fallback={<code class="l none" />}>
      {(one) => (
        <code class={`l ${LOOKS[one().sign]}`} data-n={String(one()[props.side] ?? "⋯")}>
          <Runs line={props.painted[props.at!]!} />
        </code>
      )}
    </Show>
  );
}
