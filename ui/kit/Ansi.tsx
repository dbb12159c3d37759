import { createMemo, type JSX } from "solid-js";
import { ansiLines } from "./ansi.ts";
import { Lines } from "./Lines.tsx";

/** What a program printed, in the terminal's colours as ours; its end matters most and is always shown. */
export function Ansi(props: { readonly text: string; readonly label: string }): JSX.Element {
  const rows = createMemo(() => ansiLines(props.text).map((line) => ({ line })));
  return <Lines rows={rows()} label={props.label} head={16} tail={24} class="terminal" />;
}
