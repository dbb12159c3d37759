import { createMemo, createSignal, For, onCleanup, Show, type JSX } from "solid-js";
import type { Fault } from "../../src/domain/fault.ts";
import type { DeviceStatus, Status } from "../../src/domain/status.ts";
import { asFault } from "../api/call.ts";
import { getStatus } from "../api/server.ts";
import { usePage } from "../frame/page.ts";
import { usePlace } from "../frame/place.ts";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { bytes, duration, plural } from "../kit/format.ts";
import { Skeleton } from "../kit/Skeleton.tsx";
import { Time } from "../kit/Time.tsx";

const EVERY_MS = 5000;
/** The same at each look: only the first puts the scroll back. */
const HERE = {};
/** As the server sees it, less than this is worth a colour. */
const LOW = 0.05;

/** How the server is: sizes, what is behind, machines, what went wrong. Looks again every five seconds. */
export function StatusPage(): JSX.Element {
  const { status, fault, look } = useStatus();
  usePage(
    () => "Status",
    () => status() !== null || fault() !== null,
  );
  usePlace(
    createMemo(() => (status() ? HERE : null)),
    () => {},
  );
  return (
    <div class="status pad">
      <h1>Status</h1>
      <Show when={status()} fallback={<NotYet fault={fault()} onRetry={look} />}>
        {(now) => <Report status={now()} />}
      </Show>
    </div>
  );
}

function NotYet(props: { readonly fault: Fault | null; readonly onRetry: () => void }): JSX.Element {
  return (
    <Show when={props.fault} fallback={<Skeleton rows={5} />}>
      {(fault) => <ErrorBox fault={fault()} onRetry={props.onRetry} />}
    </Show>
  );
}

/** What the server said last. While it is away that stays: the line under the top line tells from when it is. */
function useStatus() {
  const [status, setStatus] = createSignal<Status | null>(null);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const gone = new AbortController();
  const look = () =>
    void getStatus(gone.signal).then(
      (now) => (setStatus(now), setFault(null)),
      (error: unknown) => gone.signal.aborted || setFault(asFault(error)),
    );
  const timer = setInterval(() => document.visibilityState === "visible" && look(), EVERY_MS);
  onCleanup(() => (clearInterval(timer), gone.abort()));
  look();
  return { status, fault, look };
}

function Report(props: { readonly status: Status }): JSX.Element {
  const bad = () => props.status.errors.length;
  const wal = () => props.status.db.wal_bytes;
  const free = () => props.status.home.free / Math.max(1, props.status.home.total);
  return (
    <>
      <p class="verdict">
        <i class={`dot ${bad() > 0 ? "warn" : "good"}`} />
        {bad() > 0 ? plural(bad(), "problem") : "All is well"}
      </p>
      <For each={props.status.errors}>
        {(error) => (
          <div class="errorbox">
            <p class="what">{error.message}</p>
            <p>{error.hint}</p>
            <p class="at">
              <Time at={error.at} />
            </p>
          </div>
        )}
      </For>
      <h2>Archive</h2>
      <dl>
        <Fact name="Ingest">{ingestOf(props.status)}</Fact>
        <Fact name="Search">{searchOf(props.status)}</Fact>
        <Fact name="Size">
          {bytes(props.status.db.bytes)}
          <Show when={wal() > 1_000_000}> and {bytes(wal())} being written</Show>
        </Fact>
        <Fact name="Search index">{bytes(props.status.search.bytes)}</Fact>
        <Show when={props.status.search.semantic}>
          {(semantic) => <Fact name="Search by meaning">{meaningOf(semantic())}</Fact>}
        </Show>
        <Show when={props.status.discarded.sources > 0}>
          <Fact name="Of deleted sessions, refused">
            {plural(props.status.discarded.sources, "file")}, {bytes(props.status.discarded.bytes)}
          </Fact>
        </Show>
      </dl>
      <h2>Server</h2>
      <dl>
        <Fact name="Free disk">
          {bytes(props.status.home.free)} of {bytes(props.status.home.total)}
          <i
            class="disk"
            data-low={free() < LOW || undefined}
            style={{ "--used": `${Math.round(100 * (1 - free()))}%` }}
          />
        </Fact>
        <Fact name="Version">{props.status.version}</Fact>
        <Fact name="Running for">{duration(props.status.uptime_s * 1000)}</Fact>
      </dl>
      <h2>{plural(props.status.devices.length, "machine")}</h2>
      <ul class="machines">
        <For each={props.status.devices} fallback={<li>No machine has sent anything yet.</li>}>
          {(device) => <Machine device={device} />}
        </For>
      </ul>
    </>
  );
}

/** What has come in and is not read yet. */
function ingestOf({ derive, import: progress }: Status): string {
  if (progress) {
    const rate = progress.rate > 0 ? `, ${bytes(progress.rate)}/s` : "";
    return `Importing: ${bytes(progress.done_bytes)} of ${bytes(progress.bytes)}${rate}`;
  }
  return derive.behind_bytes > 0 ? `${bytes(derive.behind_bytes)} still to be read` : "Nothing waits";
}

const searchOf = ({ search }: Status): string =>
  search.behind > 0 ? `${plural(search.behind, "event")} still to be indexed` : "All indexed";

/** How far it is, and what is wrong with the server that it asks. */
function meaningOf({ vectors, left, error, model }: NonNullable<Status["search"]["semantic"]>): string {
  const todo = left > 0 ? `, ${plural(left, "event")} still to be looked at` : "";
  return `${plural(vectors, "passage")} by ${model}${todo}${error === null ? "" : `; waits: ${error}`}`;
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
      <Show when={props.device.spooled}>{(waits) => <span>{bytes(waits())} to send</span>}</Show>
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
