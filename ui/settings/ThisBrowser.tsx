/** What this browser can do here: install, work offline, notify, copy. Off over plain http from elsewhere, with the way out. */
import { createSignal, For, onCleanup, onMount, Show, type JSX } from "solid-js";
import { Button } from "../kit/Button.tsx";

type Can = { readonly name: string; readonly on: boolean; readonly said: string };

/** Chrome's word that the app may be installed. */
type InstallPrompt = globalThis.Event & { prompt(): Promise<unknown> };

/** A list of abilities, each on or off with the reason. */
export function ThisBrowser(): JSX.Element {
  const [install, setInstall] = createSignal<InstallPrompt | null>(null);
  const offered = (event: globalThis.Event) => {
    event.preventDefault();
    // Only browsers that have this event fire it; its type is in no library.
    setInstall(event as InstallPrompt);
  };
  onMount(() => addEventListener("beforeinstallprompt", offered));
  onCleanup(() => removeEventListener("beforeinstallprompt", offered));
  return (
    <>
      <dl class="cans">
        <For each={abilities(isSecureContext)}>
          {(can) => (
            <div>
              <dt>{can.name}</dt>
              <dd data-on={can.on || undefined}>
                {can.on ? "On" : "Off"}
                <small>{can.said}</small>
              </dd>
            </div>
          )}
        </For>
      </dl>
      <Show when={install()}>{(event) => <Button onClick={() => void event().prompt()}>Install the app</Button>}</Show>
      <Show when={!isSecureContext}>
        <ToHttps />
      </Show>
    </>
  );
}

/** What works here; `secure` = HTTPS, or this very machine. */
export function abilities(secure: boolean): readonly Can[] {
  const need = "Needs HTTPS, or localhost";
  const offline = secure && "serviceWorker" in navigator;
  return [
    {
      name: "Install as an app",
      on: offline,
      said: offline ? "By the browser's menu, or the address bar" : need,
    },
    {
      name: "Read offline",
      on: offline,
      said: offline ? "Shows what was last seen while the server is away" : need,
    },
    {
      name: "Badge of waiting sessions",
      on: secure && "setAppBadge" in navigator,
      said: secure
        ? "On the installed app's icon; the tab's title has the number always"
        : "The tab's title has the number",
    },
    {
      name: "Clipboard",
      on: true,
      said: secure ? "By the browser's clipboard" : "By the older way, since this address is plain http",
    },
  ];
}

function ToHttps(): JSX.Element {
  return (
    <div class="note">
      <p>
        <b>{location.host} is plain http.</b> Browsers keep these features for HTTPS and for this machine itself. Put a
        proxy with a certificate in front of Longhouse, and set its address as <code>public_url</code> under{" "}
        <code>[server]</code> in config.toml. On the server's own machine, <code>http://localhost:{location.port}</code>{" "}
        works as it is.
      </p>
    </div>
  );
}
