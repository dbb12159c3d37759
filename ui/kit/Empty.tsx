import { Show, type JSX } from "solid-js";

/** An empty state: what is so, what to do next in one sentence, and at most one button. */
export function Empty(props: {
  readonly title: string;
  readonly text?: string;
  readonly children?: JSX.Element;
}): JSX.Element {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      <Show when={props.text}>
        <p>{props.text}</p>
      </Show>
      <Show when={props.children}>
        <div class="buttons">{props.children}</div>
      </Show>
    </div>
  );
}
