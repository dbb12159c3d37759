import { Show, type JSX } from "solid-js";
import { Button, copyText } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { toast } from "../kit/Toast.tsx";

/** The empty archive: three steps to the first session, the first of which is done. */
export function FirstRun(): JSX.Element {
  const isOwn = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  const command = `longhouse auth --url ${location.origin} && longhouse connect --install`;
  const copy = async () => {
    await copyText(command);
    toast({ text: "Command copied", hint: "Paste it into a terminal on that machine." });
  };
  return (
    <div class="firstrun">
      <h2>No sessions yet</h2>
      <p>Everything your coding agents do will be kept here, and can be found again.</p>
      <ol>
        <li class="done">
          <i>
            <Icon name="check" />
          </i>
          <div>
            <h3>Longhouse is running</h3>
            <p>It reads the sessions of the agents on its own machine by itself.</p>
          </div>
        </li>
        <li>
          <i>2</i>
          <div>
            <h3>Send your other machines' sessions here</h3>
            <p>
              On each of them, in a terminal. It shows a code to approve here, then sends what is there and what comes,
              also after a restart:
            </p>
            <div class="command">
              <code>{command}</code>
            </div>
            <Button look="primary" data-testid="connect-cta" onClick={() => void copy()}>
              Copy command
            </Button>
            <Show when={isOwn}>
              <p class="aside">
                This address is for this machine only. For others, set LONGHOUSE_PASSWORD, start{" "}
                <code>longhouse serve --host 0.0.0.0</code>, and put this machine's name in its place.
              </p>
            </Show>
          </div>
        </li>
        <li>
          <i>3</i>
          <div>
            <h3>Run an agent as always</h3>
            <p>Its session appears here with its first line, and grows while it works.</p>
          </div>
        </li>
      </ol>
    </div>
  );
}
