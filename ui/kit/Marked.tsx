import { For, type JSX } from "solid-js";
import { pieces, type Range } from "./pieces.ts";

/** Text with ranges marked; text nodes only, whatever the text holds. */
export function Marked(props: { readonly text: string; readonly ranges: readonly Range[] }): JSX.Element {
  return (
    <For each={pieces(props.text, props.ranges)}>
      {(piece) => (piece.marked ? <mark>{piece.text}</mark> : <>{piece.text}</>)}
    </For>
  );
}
