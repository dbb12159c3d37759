import { createResource, createSignal, For, Show, type JSX } from "solid-js";
import { asFault } from "../api/call.ts";
import { addSamples } from "../api/samples.ts";
import { getStatus } from "../api/server.ts";
import { agentOf } from "../kit/agents.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { Button, copyText } from "../kit/Button.tsx";
import { bytes, plural } from "../kit/format.ts";
import { Icon } from "../kit/Icon.tsx";
import { toast } from "../kit/Toast.tsx";
import { Command } from "../machines/Command.tsx";
import { connectCommand, isLoopback } from "../machines/command.ts";
import "./firstrun.css";

/** The empty archive: what was found here, three steps to another machine's sessions, and samples to look at meanwhile. */
export function FirstRun(): JSX.Element {
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
            <FoundHere />
          </div>
        </li>
        <OtherMachines />
        <li>
          <i>3</i>
          <div>
            <h3>Run an agent as always</h3>
            <p>Its session appears here with its first line, and grows while it works.</p>
          </div>
        </li>
      </ol>
      <Samples />
    </div>
  );
}

/** What machines have told so far of the agents they have. */
function FoundHere(): JSX.Element {
  // Without an answer the page only says less.
  const [status] = createResource(() => getStatus().catch(() => null));
  const agents = () =>
    ((status.state === "ready" ? status.latest : null)?.devices ?? []).flatMap((device) =>
      (device.agents ?? []).filter((agent) => agent.sources > 0),
    );
  return (
    <Show
      when={agents().length > 0}
      fallback={<p>It reads the sessions of the agents on its own machine by itself. None has written any yet.</p>}
    >
      <p>It reads what it has found of your agents:</p>
      <ul class="agents-found">
        <For each={agents()}>
          {(agent) => (
            <li>
              <AgentMark provider={agent.provider} />
              {agentOf(agent.provider).label}
              <span class="num">
                {plural(agent.sources, "file")}, {bytes(agent.bytes)}
              </span>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

function OtherMachines(): JSX.Element {
  const command = () => connectCommand(location.origin);
  const copy = async () => {
    await copyText(command());
    toast({ text: "Command copied", hint: "Paste it into a terminal on that machine." });
  };
  return (
    <li>
      <i>2</i>
      <div>
        <h3>Send your other machines' sessions here</h3>
        <p>
          On each of them, in a terminal. It shows a code to <a href="/connect">approve here</a>, then sends what is
          there and what comes, also after a restart:
        </p>
        <Command text={command()} copy={false} />
        <Button look="primary" data-testid="connect-cta" onClick={() => void copy()}>
          Copy command
        </Button>
        <Show when={isLoopback(location.hostname)}>
          <p class="aside">
            This address is for this machine only. For others, set LONGHOUSE_PASSWORD, start{" "}
            <code>longhouse serve --host 0.0.0.0</code>, and put this machine's name in its place.
          </p>
        </Show>
      </div>
    </li>
  );
}

function Samples(): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const add = async () => {
    setBusy(true);
    try {
      await addSamples();
    } catch (error) {
      const { message, hint } = asFault(error);
      toast({ text: message, ...(hint === undefined ? {} : { hint }), tone: "bad" });
    }
    setBusy(false);
  };
  return (
    <p class="samples">
      Nothing to look at yet?{" "}
      <Button disabled={busy()} onClick={() => void add()}>
        Show samples
      </Button>{" "}
      One click removes them again.
    </p>
  );
}
