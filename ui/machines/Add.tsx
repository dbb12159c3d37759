import { createSignal, lazy, Show, Suspense, type JSX } from "solid-js";
import { CodeForm } from "../connect/CodeForm.tsx";
import { Button } from "../kit/Button.tsx";
import { Command } from "./Command.tsx";
import { connectCommand, isLoopback } from "./command.ts";

const Qr = lazy(async () => ({ default: (await import("./Qr.tsx")).Qr }));

/** How another machine comes in: a command there, a code here. */
export function Add(): JSX.Element {
  const [qr, setQr] = createSignal(false);
  const page = () => `${location.origin}/connect`;
  return (
    <section class="add" aria-labelledby="add">
      <h2 id="add">Add a machine</h2>
      <ol>
        <li>
          <p>Put the longhouse executable there, and in a terminal type</p>
          <Command text={connectCommand(location.origin)} testid="add-command" />
          <Show when={isLoopback(location.hostname)}>
            <p class="said">
              This page was opened by an address that only this machine has. For another machine, start the server with{" "}
              <code>longhouse serve --host 0.0.0.0</code> and a LONGHOUSE_PASSWORD, and put this machine's name in place
              of <code>{location.hostname}</code>.
            </p>
          </Show>
        </li>
        <li>
          <p>It shows a code. Approve it: here, or on a phone.</p>
          <CodeForm />
          <Button aria-expanded={qr()} onClick={() => setQr(!qr())}>
            {qr() ? "Hide the picture" : "Open on a phone"}
          </Button>
          <Show when={qr()}>
            <Suspense>
              <Qr text={page()} label={`Opens ${page()}`} />
            </Suspense>
          </Show>
        </li>
        <li>
          <p>It appears above, and sends what is there and what comes, also after a restart.</p>
        </li>
      </ol>
    </section>
  );
}
