import { createSignal, onMount, Show, type JSX } from "solid-js";
import type { Fault } from "../../src/domain/fault.ts";
import { MEMORY_KEY } from "../../src/domain/memory.ts";
import { asFault } from "../api/call.ts";
import { putMemory } from "../api/memory.ts";
import { Button } from "../kit/Button.tsx";

/** Asks for a key that is not there yet, and keeps an empty value under it. */
export function NewKey(props: { readonly onMade: (key: string) => void; readonly onClose: () => void }): JSX.Element {
  const [fault, setFault] = createSignal<Pick<Fault, "message" | "code"> | null>(null);
  let input!: HTMLInputElement;
  onMount(() => input.focus());
  const make = async (event: Event) => {
    event.preventDefault();
    const key = input.value.trim();
    if (!MEMORY_KEY.test(key))
      return setFault({ code: "invalid", message: "A key has letters, digits, dots, dashes and underscores." });
    try {
      await putMemory(key, "", 0);
      props.onMade(key);
    } catch (error) {
      const refused = asFault(error);
      setFault(refused.code === "stale" ? { code: "stale", message: "This key is there already." } : refused);
    }
  };
  return (
    <form
      class="newkey"
      onSubmit={(event) => void make(event)}
      onKeyDown={(event) => event.key === "Escape" && props.onClose()}
    >
      <label for="newkey">Key</label>
      <input
        ref={input}
        id="newkey"
        class="field"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxlength={200}
        placeholder="deploy.notes"
        aria-describedby="newkey-fault"
      />
      <p id="newkey-fault" class="err" role="alert">
        <Show when={fault()}>{(refused) => refused().message}</Show>
      </p>
      <div class="buttons">
        <Button type="submit" look="primary">
          Create
        </Button>
        <Button look="quiet" onClick={() => props.onClose()}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
