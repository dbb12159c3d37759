import { useSearchParams } from "@solidjs/router";
import { createResource, createSignal, For, Match, onCleanup, Show, Switch, type JSX } from "solid-js";
import { readUserCode, type ShownCode } from "../../src/domain/device-code.ts";
import type { Fault } from "../../src/domain/fault.ts";
import { decideDeviceCode, getDeviceCode } from "../api/access.ts";
import { asFault } from "../api/call.ts";
import { usePage } from "../frame/page.ts";
import { Button } from "../kit/Button.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { Skeleton } from "../kit/Skeleton.tsx";
import { CodeForm } from "./CodeForm.tsx";
import { may, mayNot } from "./words.ts";
import "./connect.css";

const EVERY_MS = 2000;

/** `/connect?code=`: which machine asks to be let in, for what, and the two answers. Without a code: a field for it. */
export function ConnectPage(): JSX.Element {
  const [params] = useSearchParams<{ code: string }>();
  const code = () => readUserCode(params.code ?? "");
  const [asked, { mutate, refetch }] = createResource(code, (letters) => getDeviceCode(letters));
  usePage(
    () => "Let a machine in",
    () => code() === null || asked.state === "ready" || asked.state === "refreshing" || asked.state === "errored",
  );
  const waits = () => asked.state === "ready" && ["pending", "approved"].includes(asked.latest!.state);
  const timer = setInterval(() => document.visibilityState === "visible" && waits() && void refetch(), EVERY_MS);
  onCleanup(() => clearInterval(timer));
  return (
    <div class="connect pad">
      <Switch fallback={<Skeleton rows={4} />}>
        <Match when={code() === null}>
          <h1>Let a machine in</h1>
          <CodeForm wrong={params.code} />
        </Match>
        <Match when={asked.error !== undefined}>
          <Failed fault={asFault(asked.error)} onRetry={() => void refetch()} />
        </Match>
        <Match when={asked.state !== "pending" ? asked.latest : undefined}>
          {(one) => <Asked asked={one()} onDecided={mutate} />}
        </Match>
      </Switch>
    </div>
  );
}

function Failed(props: { readonly fault: Fault; readonly onRetry: () => void }): JSX.Element {
  const over = () => props.fault.code === "gone";
  return (
    <>
      <h1>{over() ? "This code is over" : "Let a machine in"}</h1>
      <Show
        when={over() || props.fault.code === "not_found"}
        fallback={<ErrorBox fault={props.fault} onRetry={props.onRetry} />}
      >
        <Show when={over()} fallback={<ErrorBox fault={props.fault} />}>
          <p class="said">It was good for ten minutes. Run longhouse auth once more on that machine.</p>
        </Show>
        <CodeForm />
      </Show>
    </>
  );
}

type AskedProps = { readonly asked: ShownCode; readonly onDecided: (asked: ShownCode) => void };

function Asked(props: AskedProps): JSX.Element {
  const name = () => <bdi class="device">{props.asked.device_id}</bdi>;
  return (
    <Switch fallback={<Question {...props} />}>
      <Match when={props.asked.state === "denied"}>
        <h1>Denied</h1>
        <p class="said">{name()} gets nothing.</p>
        <Onwards />
      </Match>
      <Match when={props.asked.state === "approved"}>
        <h1>Approved</h1>
        <p class="said" role="status">
          {name()} is let in; its terminal goes on by itself in a moment.
        </p>
        <Onwards />
      </Match>
      <Match when={props.asked.state === "taken"}>
        <h1>Connected</h1>
        <p class="said" role="status">
          {name()} has its token. You can close this page.
        </p>
        <Onwards />
      </Match>
    </Switch>
  );
}

function Onwards(): JSX.Element {
  return (
    <div class="buttons">
      <a class="button plain" href="/machines">
        See machines
      </a>
      <a class="button plain" href="/timeline">
        Go to the timeline
      </a>
    </div>
  );
}

function Question(props: AskedProps): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const decide = async (decision: "approve" | "deny") => {
    setBusy(true);
    setFault(null);
    try {
      props.onDecided(await decideDeviceCode(props.asked.user_code, decision));
    } catch (error) {
      setFault(asFault(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <h1>
        Let <bdi class="device">{props.asked.device_id}</bdi> in?
      </h1>
      <p class="said">Approve only if its terminal shows this code now:</p>
      <p class="code num" data-testid="user-code">
        {props.asked.user_code}
      </p>
      <Claims asked={props.asked} />
      <Show when={fault()}>{(one) => <ErrorBox fault={one()} />}</Show>
      <div class="buttons">
        <Button look="primary" disabled={busy()} onClick={() => void decide("approve")}>
          Approve
        </Button>
        <Button disabled={busy()} onClick={() => void decide("deny")}>
          Deny
        </Button>
      </div>
    </>
  );
}

function Claims(props: { readonly asked: ShownCode }): JSX.Element {
  return (
    <>
      <h2>It will be able to</h2>
      <ul class="may">
        <For each={may(props.asked.scope)}>{(one) => <li>{one}</li>}</For>
      </ul>
      <Show when={mayNot(props.asked.scope)} fallback={<p class="warn">That is all that you may do yourself.</p>}>
        {(not) => <p class="said">{not()} You can take this back under Machines at any time.</p>}
      </Show>
      <Show when={props.asked.known}>
        <p class="warn">A machine of this name is here already. Approve only if it is the same one.</p>
      </Show>
      <Show when={props.asked.from}>
        <p class="said">
          It asked from <span class="num">{props.asked.from}</span>.
        </p>
      </Show>
    </>
  );
}
