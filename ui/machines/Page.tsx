import { createResource, createSignal, For, onCleanup, Show, type JSX } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { ListedToken } from "../../src/domain/device-code.ts";
import type { DeviceStatus } from "../../src/domain/status.ts";
import { listTokens } from "../api/access.ts";
import { asFault } from "../api/call.ts";
import { getStatus } from "../api/server.ts";
import { usePage } from "../frame/page.ts";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { Skeleton } from "../kit/Skeleton.tsx";
import { Add } from "./Add.tsx";
import { Machine } from "./Machine.tsx";
import { Tokens } from "./Tokens.tsx";
import "./machines.css";

const EVERY_MS = 5000;

type Shown = {
  readonly devices: readonly DeviceStatus[];
  readonly tokens: readonly ListedToken[];
  /** Of the server. */
  readonly version: string;
};

/** Machines that send, how far they are, and the tokens that let them. Looks again every five seconds. */
export function MachinesPage(): JSX.Element {
  const [turn, setTurn] = createSignal(0);
  const again = () => setTurn(turn() + 1);
  // Rows stay the same elements over every look: the keyboard may stand in one of them.
  const [known, setKnown] = createStore<Shown>({ devices: [], tokens: [], version: "" });
  const [seen, setSeen] = createSignal(false);
  const [now] = createResource(turn, async () => {
    const [{ devices, version }, { tokens }] = await Promise.all([getStatus(), listTokens()]);
    setSeen(true);
    setKnown(reconcile({ devices, tokens, version }, { key: "id" }));
    return true;
  });
  const timer = setInterval(() => document.visibilityState === "visible" && again(), EVERY_MS);
  onCleanup(() => clearInterval(timer));
  usePage(
    () => "Machines",
    () => now.state === "ready" || now.state === "refreshing" || now.state === "errored",
  );
  const knownOf = (device: string) => ({
    shutOut: isShutOut(known.tokens, device),
    version: known.version,
    origin: location.origin,
  });
  return (
    <div class="machinespage pad">
      <h1>Machines</h1>
      <Show when={now.error}>
        <ErrorBox fault={asFault(now.error)} onRetry={again} />
      </Show>
      {/* What was known stays while the server is away. */}
      <Show when={seen()} fallback={now.error ? null : <Skeleton rows={5} />}>
        <ul class="devices" data-testid="machines">
          <For each={known.devices} fallback={<li class="none">No machine has sent anything yet. Add one below.</li>}>
            {(device) => <Machine device={device} known={knownOf(device.id)} />}
          </For>
        </ul>
        <Add />
        <Tokens tokens={known.tokens} onChanged={again} />
      </Show>
    </div>
  );
}

/** It had tokens, and none of them is good any more. */
function isShutOut(tokens: readonly ListedToken[], device: string): boolean {
  const its = tokens.filter((token) => token.device_id === device);
  return its.length > 0 && its.every((token) => token.revoked_at !== null);
}
