import { createResource, createSignal, onCleanup, onMount, Show, type JSX } from "solid-js";
import type { Fault } from "../../src/domain/fault.ts";
import { getAuthMethods, logIn } from "../api/access.ts";
import { asFault } from "../api/call.ts";
import { usePage } from "../frame/page.ts";
import { Button, CopyButton } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { check } from "./state.ts";

/** What someone sees whom the server does not know: the command that signs this browser in, or the password form. */
export function SignIn(): JSX.Element {
  const [methods] = createResource(() => getAuthMethods().catch(() => null));
  usePage(
    () => "Sign in",
    () => !methods.loading,
  );
  // `longhouse open` signs in by another tab; this one then goes on by itself.
  const look = async () => document.visibilityState === "visible" && (await check()) && location.reload();
  const again = () => void look();
  onMount(() => (addEventListener("focus", again), document.addEventListener("visibilitychange", again)));
  onCleanup(() => (removeEventListener("focus", again), document.removeEventListener("visibilitychange", again)));
  return (
    <div class="signin">
      <div>
        <Icon name="house" />
        <h1>Sign in to Longhouse</h1>
        <Show when={methods()?.password}>
          <PasswordForm />
          <p class="or">or, on the machine that runs it, type</p>
        </Show>
        <Show when={!methods()?.password}>
          <p>This browser is not signed in. On the machine that runs Longhouse, type</p>
        </Show>
        <div class="command">
          <code>longhouse open</code>
          <CopyButton text={() => "longhouse open"} />
        </div>
        <p class="after">It opens this page signed in.</p>
      </div>
    </div>
  );
}

function PasswordForm(): JSX.Element {
  const [fault, setFault] = createSignal<Fault | null>(null);
  const [busy, setBusy] = createSignal(false);
  let input!: HTMLInputElement;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await logIn(input.value);
      location.reload();
    } catch (error) {
      setFault(asFault(error));
      input.select();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label for="password">Password</label>
      <input
        ref={input}
        id="password"
        type="password"
        autocomplete="current-password"
        required
        aria-describedby="refused"
      />
      <p id="refused" class="refused" role="alert">
        {fault()?.message}
      </p>
      <Button type="submit" look="primary" disabled={busy()}>
        Sign in
      </Button>
    </form>
  );
}
