import { For, Show, type JSX } from "solid-js";
import type { DeviceStatus } from "../../src/domain/status.ts";
import { agentOf } from "../kit/agents.ts";
import { useNow } from "../kit/clock.ts";
import { bytes, plural } from "../kit/format.ts";
import { Time } from "../kit/Time.tsx";
import { Command } from "./Command.tsx";
import { isSilent, troubles, type Known, type Trouble } from "./trouble.ts";

type MachineProps = { readonly device: DeviceStatus; readonly known: Omit<Known, "now"> };

/** One machine: how far it is, what it has, and what is to be done. */
export function Machine(props: MachineProps): JSX.Element {
  const now = useNow(15_000);
  const known = () => ({ ...props.known, now: now() });
  const found = () => troubles(props.device, known());
  const state = () => {
    if (found().some(({ tone }) => tone === "bad")) return "bad";
    if (found().length > 0) return "warn";
    return props.device.version === undefined || isSilent(props.device, known()) ? "none" : "good";
  };
  const waits = () => (props.device.spooled ? `${bytes(props.device.spooled)} still to send` : "nothing waits");
  return (
    <li>
      <i class={`dot ${state()}`} />
      <div>
        <h2 class="name">
          <bdi>{props.device.name ?? props.device.id}</bdi>
        </h2>
        <span class="facts">
          <Show when={props.device.last_seen_at} fallback={<span>has sent nothing yet</span>}>
            <span>
              last sync <Time at={props.device.last_seen_at} />
            </span>
          </Show>
          <Show when={props.device.spooled !== undefined}>
            <span>{waits()}</span>
          </Show>
          <Show when={props.device.version}>
            <span class="num">{props.device.version}</span>
          </Show>
          <a href={`/timeline?device=${encodeURIComponent(props.device.id)}`}>Sessions</a>
        </span>
        <Agents device={props.device} />
        <For each={found()}>
          {(trouble) => (
            <Mend trouble={trouble}>
              <Show when={trouble.files}>
                <Refused device={props.device} />
              </Show>
            </Mend>
          )}
        </For>
      </div>
    </li>
  );
}

function Agents(props: { readonly device: DeviceStatus }): JSX.Element {
  const some = () => (props.device.agents ?? []).filter((agent) => agent.sources > 0);
  return (
    <Show when={some().length > 0}>
      <span class="facts">
        <For each={some()}>
          {(agent) => (
            <span>
              {agentOf(agent.provider).label}: {plural(agent.sources, "file")}, {bytes(agent.bytes)}
            </span>
          )}
        </For>
      </span>
    </Show>
  );
}

function Mend(props: { readonly trouble: Trouble; readonly children: JSX.Element }): JSX.Element {
  return (
    <div class="mend">
      <p class={props.trouble.tone === "bad" ? "err" : "warning"}>{props.trouble.what}</p>
      <Show when={props.trouble.command}>{(command) => <Command text={command()} />}</Show>
      {props.children}
    </div>
  );
}

function Refused(props: { readonly device: DeviceStatus }): JSX.Element {
  const some = () => props.device.refused ?? [];
  const rest = () => (props.device.failed ?? 0) - some().length;
  return (
    <Show when={some().length > 0}>
      <details>
        <summary>Which files</summary>
        <ul class="refused">
          <For each={some()}>
            {(one) => (
              <li>
                <bdi class="num">{one.path}</bdi>
                <span class="facts">
                  <span>{one.code}</span>
                  <Time at={one.at} />
                </span>
              </li>
            )}
          </For>
          <Show when={rest() > 0}>
            <li class="facts">and {rest()} more; there, longhouse status names all</li>
          </Show>
        </ul>
      </details>
    </Show>
  );
}
