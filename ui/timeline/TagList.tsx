import { createMemo, createSignal, For, Show, type JSX } from "solid-js";
import { Icon } from "../kit/Icon.tsx";
import { tag } from "./changes.ts";
import { row } from "./rows.ts";
import { counts } from "./store.ts";
import { tagOf } from "./words.ts";

type Known = { readonly name: string; readonly on: "all" | "some" | "none"; readonly isNew?: true };

/** The tags there are, to be put on or taken off; what is typed and not there becomes a new one. */
export function TagList(props: { readonly ids: readonly string[] }): JSX.Element {
  const [text, setText] = createSignal("");
  const [mark, setMark] = createSignal(0);
  const found = createMemo(() => narrow(knownTags(props.ids), tagOf(text())));
  const pick = (known: Known) => {
    setText("");
    void tag(props.ids, known.name, known.on !== "all");
  };
  const keys = (event: KeyboardEvent) => {
    const marked = found()[mark()];
    if (event.key === "ArrowDown") setMark(Math.min(found().length - 1, mark() + 1));
    else if (event.key === "ArrowUp") setMark(Math.max(0, mark() - 1));
    else if (event.key === "Enter" && marked) pick(marked);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        data-first
        role="combobox"
        aria-expanded="true"
        aria-controls="tag-options"
        aria-activedescendant={found().length > 0 ? `tag-option-${mark()}` : undefined}
        aria-label="Tag"
        placeholder="Find or make a tag"
        maxlength="80"
        autocomplete="off"
        value={text()}
        onInput={(event) => (setText(event.currentTarget.value), setMark(0))}
        onKeyDown={keys}
      />
      <div id="tag-options" class="options" role="listbox" aria-label="Tags" aria-multiselectable="true">
        <For each={found()}>
          {(known, index) => (
            <div
              id={`tag-option-${index()}`}
              role="option"
              aria-selected={known.on === "all"}
              data-some={known.on === "some" || undefined}
              data-mark={index() === mark() || undefined}
              onPointerMove={() => setMark(index())}
              onClick={() => pick(known)}
            >
              <Icon name={known.isNew ? "plus" : "check"} />
              <span>
                <Show when={known.isNew} fallback={<bdi>#{known.name}</bdi>}>
                  Make <bdi>#{known.name}</bdi>
                </Show>
              </span>
            </div>
          )}
        </For>
        <Show when={found().length === 0}>
          <p>No tags yet. Type one.</p>
        </Show>
      </div>
    </>
  );
}

/** Those on these rows first, then the others by how often they are used. */
function knownTags(ids: readonly string[]): Known[] {
  const rows = ids.flatMap((id) => row(id) ?? []);
  const worn = [...new Set(rows.flatMap((session) => session.tags))];
  const others = (counts()?.tags ?? []).map((one) => one.value).filter((name) => !worn.includes(name));
  return [...worn, ...others].map((name) => {
    const on = rows.filter((session) => session.tags.includes(name)).length;
    return { name, on: on === 0 ? "none" : on === rows.length ? "all" : "some" };
  });
}

function narrow(all: readonly Known[], text: string): readonly Known[] {
  if (text === "") return all;
  const left = all.filter((known) => known.name.toLowerCase().includes(text.toLowerCase()));
  return left.some((known) => known.name === text) ? left : [...left, { name: text, on: "none", isNew: true }];
}
