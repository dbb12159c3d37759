import { createResource, createSignal, For, onCleanup, Show, type JSX } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { ListedToken } from "../../src/domain/device-code.ts";
import type { DeviceStatus } from "../../src/domain/status.ts";
import { asFault, getStatus, listTokens } from "../api.ts";
import { usePage } from "../frame/page.ts";
import { CopyButton } from "../kit/Button.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { bytes, plural } from "../kit/format.ts";
import { Skeleton } from "../kit/Skeleton.tsx";
import { Time } from "../kit/Time.tsx";
import { Tokens } from "./Tokens.tsx";
import "./machines.css";

const EVERY_MS = 5000;

type Known = { readonly devices: readonly DeviceStatus[]; readonly tokens: readonly ListedToken[] };

/** Machines that send, how far they are, and the tokens that let them. Looks again every five seconds. */
export function MachinesPage(): JSX.Element {
  const [turn, setTurn] = createSignal(0);
  const again = () => setTurn(turn() + 1);
  // Rows stay the same elements over every look: the keyboard may stand in one of them.
  const [known, setKnown] = createStore<Known>({ devices: [], tokens: [] });
  const [now] = createResource(turn, async () => {
    const [{ devices }, { tokens }] = await Promise.all([getStatus(), listTokens()]);
    setKnown(reconcile({ devices, tokens }, { key: "id" }));
    return true;
  });
  const timer = setInterval(() => document.visibilityState === "visible" && again(), EVERY_MS);
  onCleanup(() => clearInterval(timer));
  usePage(
    () => "Machines",
    () => now.state === "ready" || now.state === "refreshing" || now.state === "errored",
  );
  return (
    <div class="machinespage pad">
      <h1>Machines</h1>
      <Show when={now.error === undefined} fallback={<ErrorBox fault={asFault(now.error)} onRetry={again} />}>
        <Show when={now.latest} fallback={<Skeleton rows={5} />}>
          <ul class="devices" data-testid="machines">
            <For each={known.devices} fallback={<li>No machine has sent anything yet.</li>}>
              {(device) => <Machine device={device} shutOut={isShutOut(known.tokens, device.id)} />}
            </For>
          </ul>
          <Add />
          <Tokens tokens={known.tokens} onChanged={again} />
        </Show>
      </Show>
    </div>
  );
}

/** It had tokens, and none of them is good any more. */
function isShutOut(tokens: readonly ListedToken[], device: string): boolean {
  const its = tokens.filter((token) => token.device_id === device);
  return its.length > 0 && its.every((token) => token.revoked_at !== null);
}

function Machine(props: { readonly device: DeviceStatus; readonly shutOut: boolean }): JSX.Element {
  const left = () => (props.device.spooled ? `${bytes(props.device.spooled)} still to send` : "nothing waits");
  return (
    <li>
      <bdi class="name">{props.device.name ?? props.device.id}</bdi>
      <span class="facts">
        <Show when={props.device.last_seen_at} fallback={<span>has sent nothing yet</span>}>
          <span>
            last sync <Time at={props.device.last_seen_at} />
          </span>
        </Show>
        <Show when={props.device.spooled !== undefined}>
          <span>{left()}</span>
        </Show>
        <Show when={props.device.version}>
          <span class="num">{props.device.version}</span>
        </Show>
      </span>
      <Show when={props.device.paused || props.shutOut}>
        <p class="err">Its token is not good any more. On that machine, type longhouse auth.</p>
      </Show>
      <Show when={props.device.failed}>
        {(failed) => <p class="err">{plural(failed(), "file")} refused. There, longhouse status names them.</p>}
      </Show>
    </li>
  );
}

/** How another machine comes in. */
function Add(): JSX.Element {
  const command = () => `longhouse auth --url ${location.origin}`;
  return (
    <>
      <h2>Add a machine</h2>
      <p class="said">Install Longhouse there, and type</p>
      <div class="command">
        <code>{command()}</code>
        <CopyButton text={command} />
      </div>
      <p class="said">
        It shows a code. <a href="/connect">Approve it here</a>; then longhouse connect keeps that machine sending.
      </p>
    </>
  );
}
