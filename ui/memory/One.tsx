import { createEffect, For, on, onCleanup, onMount, Show, type JSX } from "solid-js";
import type { MemoryVersion } from "../../src/domain/memory.ts";
import { Button, CopyButton } from "../kit/Button.tsx";
import { Empty } from "../kit/Empty.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { visible } from "../kit/lines.ts";
import { Time } from "../kit/Time.tsx";
import { createOne, type OneStore } from "./one.ts";

/** One key to read, edit, undo and delete, with every version that is kept. */
export function One(props: {
  readonly name: string;
  /** The list's words: the way back leads to the same list. */
  readonly query: string;
  readonly onChanged: () => void;
}): JSX.Element {
  const one = createOne(props.name, () => props.onChanged());
  return (
    <section class="one" aria-labelledby="key-name">
      <a class="backlink" href={props.query === "" ? "/memory" : `/memory?query=${encodeURIComponent(props.query)}`}>
        All keys
      </a>
      <h2 id="key-name">
        <code>{props.name}</code>
      </h2>
      <Show
        when={one.fault()?.code !== "not_found"}
        fallback={<Empty title="Nothing is kept under this key" text="It may have been renamed, or never written." />}
      >
        <Show when={one.fault()}>{(fault) => <ErrorBox fault={fault()} onRetry={() => void one.load()} />}</Show>
        <Show when={one.draft() !== null} fallback={<Read one={one} />}>
          <Edit one={one} />
        </Show>
        <History one={one} />
      </Show>
    </section>
  );
}

function Read(props: { readonly one: OneStore }): JSX.Element {
  return (
    <Show when={props.one.memory()} fallback={<Deleted one={props.one} />}>
      {(memory) => (
        <>
          <p class="facts">
            <bdi>{memory().by}</bdi> <Time at={memory().updated_at} />
            <Show when={memory().project}>{(project) => <bdi>{project()}</bdi>}</Show>
            <span>version {memory().version}</span>
          </p>
          <pre class="text" tabindex="0" aria-label="Value">
            {memory().value === "" ? <em>Empty</em> : visible(memory().value)}
          </pre>
          <div class="buttons">
            <Button icon="edit" onClick={() => props.one.edit()}>
              Edit
            </Button>
            <CopyButton text={() => memory().value} />
            <Button look="quiet" icon="undo" disabled={props.one.busy()} onClick={() => void props.one.undo()}>
              Undo last change
            </Button>
            <Button look="danger" disabled={props.one.busy()} onClick={() => void props.one.remove()}>
              Delete
            </Button>
          </div>
        </>
      )}
    </Show>
  );
}

function Deleted(props: { readonly one: OneStore }): JSX.Element {
  return (
    <Show when={props.one.versions()[0]}>
      {(last) => (
        <div class="note">
          <p>
            Deleted by <bdi>{last().by}</bdi> <Time at={last().at} />. Its history is kept.
          </p>
          <Button disabled={props.one.busy()} onClick={() => void props.one.undo()}>
            Bring back
          </Button>
        </div>
      )}
    </Show>
  );
}

function Edit(props: { readonly one: OneStore }): JSX.Element {
  let area!: HTMLTextAreaElement;
  onMount(() => area.focus());
  const isChanged = () => props.one.draft() !== (props.one.memory()?.value ?? "");
  const warn = (event: BeforeUnloadEvent) => isChanged() && event.preventDefault();
  onMount(() => addEventListener("beforeunload", warn));
  onCleanup(() => removeEventListener("beforeunload", warn));
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) void props.one.save();
    else if (event.key === "Escape" && !isChanged()) props.one.leave();
    else return;
    event.preventDefault();
  };
  return (
    <form onSubmit={(event) => (event.preventDefault(), void props.one.save())}>
      <Show when={props.one.theirs()}>
        {(theirs) => <Both one={props.one} value={theirs().value} by={theirs().by} />}
      </Show>
      <textarea
        ref={area}
        class="field text"
        aria-label="Value"
        spellcheck={false}
        rows={Math.min(24, Math.max(6, (props.one.draft() ?? "").split("\n").length + 1))}
        value={props.one.draft() ?? ""}
        onInput={(event) => props.one.setDraft(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <div class="buttons">
        <Button type="submit" look="primary" disabled={props.one.busy()}>
          {props.one.theirs() ? "Save mine over it" : "Save"}
        </Button>
        <Button look="quiet" onClick={() => props.one.leave()}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** What somebody else wrote meanwhile, above what is typed here. */
function Both(props: { readonly one: OneStore; readonly value: string; readonly by: string }): JSX.Element {
  let note!: HTMLDivElement;
  createEffect(
    on(
      () => props.value,
      () => note.scrollIntoView({ block: "nearest" }),
    ),
  );
  return (
    <div class="theirs" role="alert" ref={note}>
      <p>
        <b>
          <bdi>{props.by}</bdi> changed it while you were writing.
        </b>{" "}
        Theirs is below; yours is in the box. Whichever is replaced stays in the history.
      </p>
      <pre class="text">{visible(props.value)}</pre>
      <Button onClick={() => props.one.leave()}>Keep theirs</Button>
    </div>
  );
}

function History(props: { readonly one: OneStore }): JSX.Element {
  const older = () => props.one.versions().slice(1);
  return (
    <Show when={older().length > 0}>
      <h3>History</h3>
      <ul class="history">
        <For each={older()}>{(version) => <Version version={version} one={props.one} />}</For>
      </ul>
    </Show>
  );
}

function Version(props: { readonly version: MemoryVersion; readonly one: OneStore }): JSX.Element {
  return (
    <li>
      <details>
        <summary>
          <span>Version {props.version.version}</span>
          <bdi>{props.version.by}</bdi>
          <Time at={props.version.at} />
        </summary>
        <Show when={props.version.value !== null} fallback={<p class="said">Deleted here.</p>}>
          <pre class="text">{visible(props.version.value!)}</pre>
          <Button disabled={props.one.busy()} onClick={() => void props.one.undo(props.version.version)}>
            Bring this back
          </Button>
        </Show>
      </details>
    </li>
  );
}
