import { createMemo, type JSX } from "solid-js";
import { highlighter } from "./highlighter.ts";
import { Lines } from "./Lines.tsx";
import { plainLines } from "./lines.ts";

type CodeProps = {
  readonly text: string;
  /** As highlight.ts knows it; null stays plain. */
  readonly language: string | null;
  readonly label: string;
  /** Number of the first line; without it there are no numbers. */
  readonly first?: number;
  /** Lines before the cut. */
  readonly head?: number;
};

/** Code, plain at once and in colours as soon as the highlighter is there. */
export function Code(props: CodeProps): JSX.Element {
  const rows = createMemo(() => {
    const paint = props.language === null ? null : highlighter();
    const lines = paint ? paint(props.text, props.language!) : plainLines(props.text);
    const first = props.first;
    return lines.map((line, index) => (first === undefined ? { line } : { line, number: String(first + index) }));
  });
  return <Lines rows={rows()} label={props.label} head={props.head ?? 40} class="code" copy={() => props.text} />;
}
