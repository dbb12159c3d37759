import { Show, type JSX } from "solid-js";
import { Icon } from "../kit/Icon.tsx";
import { commitText, useSearchText } from "../timeline/query.ts";
import { useShortcuts } from "./shortcuts.ts";

/** The search box of the top line: always there, `/` leads to it, Esc empties and leaves it. */
export function Search(): JSX.Element {
  const search = useSearchText();
  let input!: HTMLInputElement;

  useShortcuts({ search: () => (input.focus(), input.select()) });

  const leave = () => {
    if (search.text() === "") input.blur();
    search.clear();
  };
  const open = (link: HTMLElement) => {
    commitText();
    link.click();
  };
  const keys = (event: KeyboardEvent) => {
    const first = document.querySelector<HTMLElement>("[data-nav]");
    if (event.key === "Escape") leave();
    else if (event.key === "ArrowDown" && first) first.focus();
    else if (event.key === "Enter" && first && search.text() !== "") open(first);
    else return;
    event.preventDefault();
  };

  return (
    <form role="search" class="search" onSubmit={(event) => event.preventDefault()} onClick={() => input.focus()}>
      <Icon name="search" />
      <input
        ref={input}
        data-testid="search-input"
        type="text"
        inputmode="search"
        enterkeyhint="search"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder="Search everything your agents said and did"
        aria-label="Search"
        value={search.text()}
        onInput={(event) => search.type(event.currentTarget.value)}
        onBlur={commitText}
        onKeyDown={keys}
      />
      <Show when={search.text() !== ""} fallback={<kbd aria-hidden="true">/</kbd>}>
        <button type="button" class="wipe" aria-label="Clear search" onClick={() => (search.clear(), input.focus())}>
          <Icon name="close" />
        </button>
      </Show>
    </form>
  );
}
