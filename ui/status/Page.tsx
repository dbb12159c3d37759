import { createResource, createSignal, For, onCleanup, Show, type JSX } from "solid-js";
import type { DeviceStatus, Status } from "../../src/domain/status.ts";
import { asFault, getStatus } from "../api.ts";
import { usePage } from "../frame/page.ts";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { bytes, duration, exact, plural } from "../kit/format.ts";
import { Skeleton } from "../kit/Skeleton.tsx";
import { Time } from "../kit/Time.tsx";

const EVERY_MS = 5000;

/** How the server is: sizes, what is behind, machines, what went wrong. Looks again every five seconds. */
export function StatusPage(): JSX.Element {
  const [turn, setTurn] = createSignal(0);
  const [status] = createResource(turn, () => getStatus());
  const timer = setInterval(() => document.visibilityState === "visible" && setTurn(turn() + 1), EVERY_MS);
  onCleanup(() => clearInterval(timer));
  usePage(
    () => "Status",
    () => status.state === "ready" || status.state === "refreshing" || status.state === "errored",
  );
  return (
    <div class="status pad">
      <h1>Status</h1>
      <Show
        when={status.error === undefined}
        fallback={<ErrorBox fault={asFault(status.error)} onRetry={() => setTurn(turn() + 1)} />}
      >
        <Show when={status.latest} fallback={<Skeleton rows={5} />}>
          {(now) => <Report status={now()} />}
        </Show>
      </Show>
    </div>
  );
}

function Report(props: { readonly status: Status }): JSX.Element {
  const behind = () => {
    const { derive, search } = props.status;
    if (derive.behind_bytes > 0) return `${bytes(derive.behind_bytes)} still to be read`;
    return search.behind > 0 ? `${exact(search.behind)} events still to be indexed` : "All read and indexed";
  };
  return (
    <>
      <For each={props.status.errors}>
        {(error) => (
          <div class="errorbox">
            <p class="what">{error.message}</p>
            <p>
              {error.hint} <Time at={error.at} />
            </p>
          </div>
        )}
      </For>
      <h2>Archive</h2>
      <dl>
        <Fact name="State">{behind()}</Fact>
        <Fact name="Archive">{bytes(props.status.db.bytes + props.status.db.wal_bytes)}</Fact>
        <Fact name="Search index">{bytes(props.status.search.bytes)}</Fact>
        <Fact name="Free disk">
          {bytes(props.status.home.free)} of {bytes(props.status.home.total)}
        </Fact>
        <Fact name="Version">{props.status.version}</Fact>
        <Fact name="Running for">{duration(props.status.uptime_s * 1000)}</Fact>
      </dl>
      <h2>{plural(props.status.devices.length, "machine")}</h2>
      <ul class="machines">
        <For each={props.status.devices}>{(device) => <Machine device={device} />}</For>
      </ul>
    </>
  );
}

function Fact(props: { readonly name: string; readonly children: JSX.Element }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Machine(props: { readonly device: DeviceStatus }): JSX.Element {
  const trouble = () => {
    if (props.device.paused) return "paused: log in again";
    return props.device.failed ? `${plural(props.device.failed, "file")} refused` : "";
  };
  // Asked for, it is no news.
  const polling = () => props.device.polling && props.device.polling !== "asked";
  return (
    <li>
      <b>{props.device.name ?? props.device.id}</b>
      <Show when={trouble()}>
        <span class="err">{trouble()}</span>
      </Show>
      <Show when={polling()}>
        <span title="longhouse doctor, there, says how to mend it">
          no file events ({props.device.polling}): looks every few seconds
        </span>
      </Show>
      <span>
        <Show when={props.device.last_seen_at} fallback="never seen">
          seen <Time at={props.device.last_seen_at} />
        </Show>
      </span>
    </li>
  );
}
