import { useNavigate } from "@solidjs/router";
import { createSignal, Show, type JSX } from "solid-js";
import { readUserCode } from "../../src/domain/device-code.ts";
import { Button } from "../kit/Button.tsx";

/** A field for the eight letters of a terminal; `wrong` is what the address held and is no code. */
export function CodeForm(props: { readonly wrong?: string | undefined }): JSX.Element {
  const navigate = useNavigate();
  // Only where it begins.
  const [refused, setRefused] = createSignal(Boolean(props.wrong));
  let input!: HTMLInputElement;
  const submit = (event: Event) => {
    event.preventDefault();
    const code = readUserCode(input.value);
    setRefused(code === null);
    if (code !== null) navigate(`/connect?code=${code}`);
    else input.focus();
  };
  return (
    <form class="codeform" onSubmit={submit}>
      <label for="code">The code that longhouse auth shows</label>
      <input
        ref={input}
        id="code"
        class="num"
        placeholder="XXXX-XXXX"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        maxlength="20"
        required
        aria-invalid={refused()}
        aria-describedby="refused"
      />
      <p id="refused" class="err" role="alert">
        <Show when={refused()}>That is no code: it has eight letters, none of them a vowel.</Show>
      </p>
      <Button type="submit" look="primary">
        Go on
      </Button>
    </form>
  );
}
