import { createMemo, createSignal, For, Index, Show, type JSX } from "solid-js";
import { copyText } from "./Button.tsx";
import { exact } from "./format.ts";
import { breakLine, cut, textOf, type Line } from "./lines.ts";

export type LineRow = {
  readonly line: Line;
  /** Stands in the gutter; not copied. */
  readonly number?: string;
  readonly look?: "add" | "del" | "hunk";
};

type LinesProps = {
  readonly rows: readonly LineRow[];
  readonly label: string;
  /** Long texts show this many first and last lines, and a button for what lies between. */
  readonly head: number;
  readonly tail?: number;
  readonly class?: string;
  /** What the copy button copies; without it the lines as they stand. */
  readonly copy?: () => string;
};

/** At once into the page; a text of more lines comes in steps. */
const STEP = 2000;

/** Lines of code or output, numbered or not. A long one is cut, and grows in place. */
export function Lines(props: LinesProps): JSX.Element {
  const [more, setMore] = createSignal(0);
  const rows = createMemo(() => props.rows.flatMap(broken));
  const shown = createMemo(() => cut(rows().length, props.head + more(), props.tail ?? 0));
  const end = () => rows().slice(rows().length - shown().tail);
  return (
    <div
      class={`lines ${props.class ?? ""}`}
      data-numbered={rows().some((row) => row.number !== undefined) || undefined}
    >
      <Show when={props.rows.length > 1}>
        <CopyLines text={() => props.copy?.() ?? textOf(props.rows.map((row) => row.line))} />
      </Show>
      <Block rows={rows().slice(0, shown().head)} label={props.label} />
      <Show when={shown().hidden > 0}>
        <button type="button" class="more" onClick={() => setMore((count) => count + STEP)}>
          {shown().hidden > STEP
            ? `Show ${exact(STEP)} more of ${exact(shown().hidden)} lines`
            : `Show ${exact(shown().hidden)} more lines`}
        </button>
        <Show when={shown().tail > 0}>
          <Block rows={end()} label={`${props.label}, end`} />
        </Show>
      </Show>
    </div>
  );
}

function CopyLines(props: { readonly text: () => string }): JSX.Element {
  const [done, setDone] = createSignal(false);
  const copy = async () => {
    await copyText(props.text());
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return (
    <button type="button" class="copy" onClick={() => void copy()}>
      {done() ? "Copied" : "Copy"}
    </button>
  );
}

/** What goes on of a broken line has no number. */
function broken(row: LineRow): readonly LineRow[] {
  const [first, ...rest] = breakLine(row.line);
  if (rest.length === 0) return [row];
  const blank = row.number === undefined ? row : { ...row, number: "" };
  return [{ ...row, line: first! }, ...rest.map((line) => ({ ...blank, line }))];
}

/** A scroller of its own, so that a long line moves its block and not the page. */
function Block(props: { readonly rows: readonly LineRow[]; readonly label: string }): JSX.Element {
  return (
    <pre tabindex="0" role="region" aria-label={props.label}>
      <code>
        <Index each={props.rows}>
          {(row) => (
            <span class={`l ${row().look ?? ""}`} data-n={row().number}>
              <Runs line={row().line} />
              {"\n"}
            </span>
          )}
        </Index>
      </code>
    </pre>
  );
}

/** The runs of one line: text nodes, with our classes around those that have a look. */
export function Runs(props: { readonly line: Line }): JSX.Element {
  return (
    <For each={props.line}>
      {(run) => (run.look === "" ? <>{run.text}</> : <span class={run.look}>{run.text}</span>)}
    </For>
  );
}
