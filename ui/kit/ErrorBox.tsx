import { For, Show, type JSX } from "solid-js";
import type { Fault } from "../../src/domain/fault.ts";
import { Button } from "./Button.tsx";

/** A fault as a person should read it: what happened, what to do, and a way to try again. */
export function ErrorBox(props: { readonly fault: Fault; readonly onRetry?: () => void }): JSX.Element {
  return (
    <div class="errorbox" role="alert">
      <p class="what">{props.fault.message}</p>
      <Show when={props.fault.hint}>{(hint) => <p>{withCode(hint())}</p>}</Show>
      <Show when={props.onRetry}>{(retry) => <Button onClick={() => retry()()}>Try again</Button>}</Show>
    </div>
  );
}

/** What stands between backticks is to be typed. */
const withCode = (hint: string): JSX.Element => (
  <For each={hint.split("`")}>{(piece, n) => (n() % 2 === 1 ? <code>{piece}</code> : piece)}</For>
);
