import { createSignal, onMount, Show, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { Button } from "../kit/Button.tsx";
import { row } from "./rows.ts";
import { titleOf } from "./words.ts";
import { write, type Text } from "./writing.ts";

type FormProps = { readonly session: Session; readonly field: Text; readonly onDone: () => void };

const LABEL: Readonly<Record<Text, string>> = { title: "Title", note: "Note" };
const MOST: Readonly<Record<Text, number>> = { title: 500, note: 50_000 };

/** Title or note of one session. What somebody else writes there meanwhile is shown, and is never written over unasked. */
export function TextForm(props: FormProps): JSX.Element {
  let input!: HTMLTextAreaElement;
  // As it was when the person began: what changes under the form must not pass for theirs.
  // eslint-disable-next-line solid/reactivity
  const [seen, setSeen] = createSignal({ ...props.session });
  const [busy, setBusy] = createSignal(false);
  const textOf = (session: Session) => (props.field === "title" ? titleOf(session) : (session.note ?? ""));
  const theirs = () => {
    const now = row(props.session.id);
    return now && now[props.field] !== seen()[props.field] ? now : null;
  };
  onMount(() => (input.focus(), input.select()));
  const save = async (over: Session) => {
    const text = input.value.trim();
    if (text === textOf(over)) return props.onDone();
    setBusy(true);
    const { kind } = await write({ ...over }, props.field, text);
    setBusy(false);
    if (kind === "written") props.onDone();
  };
  const keys = (event: KeyboardEvent) => {
    const command = event.metaKey || event.ctrlKey;
    if (event.key !== "Enter" || event.isComposing || (props.field === "note" && !command)) return;
    event.preventDefault();
    if (!theirs()) void save(seen());
  };
  return (
    <form class="text" onSubmit={(event) => (event.preventDefault(), void save(theirs() ?? seen()))}>
      <textarea
        ref={input}
        data-first
        rows={props.field === "title" ? 2 : 6}
        maxlength={MOST[props.field]}
        aria-label={LABEL[props.field]}
        placeholder={
          props.field === "note" ? "For you alone, and found by search" : "Empty takes the agent's own again"
        }
        onKeyDown={keys}
      >
        {textOf(seen())}
      </textarea>
      <Show when={theirs()}>
        {(now) => (
          <div class="theirs" role="alert">
            <p>Changed elsewhere meanwhile:</p>
            <blockquote>
              <bdi>{textOf(now()) || "taken away"}</bdi>
            </blockquote>
            <Button onClick={() => ((input.value = textOf(now())), setSeen({ ...now() }))}>Take theirs</Button>
          </div>
        )}
      </Show>
      <footer>
        <Button look="quiet" onClick={() => props.onDone()}>
          Cancel
        </Button>
        <Button look="primary" type="submit" disabled={busy()}>
          {theirs() ? "Use mine" : "Save"}
        </Button>
      </footer>
    </form>
  );
}
