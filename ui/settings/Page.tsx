import { createEffect, createMemo, createResource, createSignal, For, Show, type JSX } from "solid-js";
import type { HookState, Setting, Settings } from "../../src/domain/settings.ts";
import { asFault } from "../api/call.ts";
import { getSettings } from "../api/server.ts";
import { usePage } from "../frame/page.ts";
import { usePlace } from "../frame/place.ts";
import { CopyButton } from "../kit/Button.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { Skeleton } from "../kit/Skeleton.tsx";
import { signOut } from "../access/state.ts";
import { Button } from "../kit/Button.tsx";
import { Appearance } from "./Appearance.tsx";
import { ThisBrowser } from "./ThisBrowser.tsx";
import { Samples } from "./Samples.tsx";
import { SECTIONS, type SectionId } from "./sections.ts";
import "./settings.css";

/** How it looks here, and how the server is set up: what config.toml decides is shown, with the way to change it. */
export function SettingsPage(): JSX.Element {
  const [turn, setTurn] = createSignal(0);
  const [settings] = createResource(turn, () => getSettings());
  const done = () => settings.state === "ready" || settings.state === "errored";
  const shown = createMemo(() => (done() ? {} : null));
  usePage(() => "Settings", done);
  usePlace(shown, () => {});
  createEffect(() => shown() && queueMicrotask(goToSection));
  return (
    <div class="settings pad">
      <h1>Settings</h1>
      <nav aria-label="Sections">
        <For each={SECTIONS}>{(section) => <a href={`#${section.id}`}>{section.label}</a>}</For>
      </nav>
      <Section id="appearance">
        <Appearance />
      </Section>
      <Show
        when={settings.error === undefined}
        fallback={<ErrorBox fault={asFault(settings.error)} onRetry={() => setTurn(turn() + 1)} />}
      >
        {/* Asked while nothing is there, `latest` would blank the page up to the frame. */}
        <Show when={done() ? settings.latest : undefined} fallback={<Skeleton rows={6} />}>
          {(now) => <OfServer settings={now()} />}
        </Show>
      </Show>
    </div>
  );
}

/** `/settings#hooks`, also when the page was there already. */
function goToSection(): void {
  const id = location.hash.slice(1);
  if (SECTIONS.some((section) => section.id === id)) document.getElementById(id)?.scrollIntoView();
}

function OfServer(props: { readonly settings: Settings }): JSX.Element {
  return (
    <>
      <Section id="access">
        <Access settings={props.settings} />
      </Section>
      <Section id="devices">
        <p class="said">
          Machines that send, their tokens, and the way to add or shut out one, are on <a href="/machines">Machines</a>.
        </p>
      </Section>
      <Section id="hooks">
        <Hooks hooks={props.settings.hooks} recent={props.settings.recent} />
      </Section>
      <Section id="browser">
        <ThisBrowser />
      </Section>
      <Section id="samples">
        <Samples />
      </Section>
      <Section id="about">
        <dl>
          <Fact name="Version">{props.settings.version}</Fact>
          <Fact name="Home">
            <code>{props.settings.home}</code>
          </Fact>
          <Fact name="This machine">
            <bdi>{props.settings.device}</bdi>
          </Fact>
          <Fact name="Archive">
            <code>{props.settings.archive_id}</code>
          </Fact>
        </dl>
      </Section>
    </>
  );
}

function Section(props: { readonly id: SectionId; readonly children: JSX.Element }): JSX.Element {
  const label = () => SECTIONS.find((section) => section.id === props.id)?.label;
  return (
    <section id={props.id} aria-labelledby={`${props.id}-title`}>
      <h2 id={`${props.id}-title`}>{label()}</h2>
      {props.children}
    </section>
  );
}

function Fact(props: { readonly name: string; readonly from?: string; readonly children: JSX.Element }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {props.children}
        <Show when={props.from}>
          <small>{props.from}</small>
        </Show>
      </dd>
    </div>
  );
}

const FROM: Readonly<Record<Setting<unknown>["origin"], string>> = {
  flag: "a flag of serve",
  environment: "the environment",
  "config.toml": "config.toml",
  stored: "stored",
  default: "default",
};
const from = (setting: Setting<unknown>): string => FROM[setting.origin];

const EXAMPLE = `[server]
host = "0.0.0.0"
password = "…"
allowed_hosts = ["box.example"]
public_url = "https://box.example"`;

function Access(props: { readonly settings: Settings }): JSX.Element {
  const access = () => props.settings.access;
  const hosts = () => access().allowed_hosts.value;
  return (
    <>
      <Show when={access().open}>
        <p class="err">AUTH_DISABLED is set: whoever reaches this address may read everything.</p>
      </Show>
      <dl>
        <Fact name="Password" from={from(access().password)}>
          {access().password.value ? "Set" : "None: browsers come in by longhouse open"}
        </Fact>
        <Fact name="Listens on" from={from(access().host)}>
          <code>
            {access().host.value}:{access().port.value}
          </code>
        </Fact>
        <Fact name="Allowed hosts" from={from(access().allowed_hosts)}>
          {hosts().length === 0 ? "This machine's names and addresses only" : <code>{hosts().join(", ")}</code>}
        </Fact>
        <Fact name="Public URL" from={from(access().public_url)}>
          {access().public_url.value === null ? "None" : <code>{access().public_url.value}</code>}
        </Fact>
      </dl>
      <details>
        <summary>Change these</summary>
        <p class="said">
          They are set on the server's machine, in <code>{props.settings.config_file}</code>, and hold from the next
          start of longhouse serve:
        </p>
        <div class="example">
          <pre tabindex="0" aria-label="Example of config.toml">
            {EXAMPLE}
          </pre>
          <CopyButton text={() => EXAMPLE} />
        </div>
      </details>
      <Button onClick={() => void signOut()}>Sign out of this browser</Button>
    </>
  );
}

const STATES: Readonly<Record<HookState["state"], string>> = {
  ours: "in place",
  stale: "of another version",
  none: "not there",
  refused: "cannot be read",
};

function Hooks(props: { readonly hooks: readonly HookState[]; readonly recent: Setting<boolean> }): JSX.Element {
  const allGood = () => props.hooks.length > 0 && props.hooks.every((hook) => hook.state === "ours");
  return (
    <>
      <p class="said">
        What stands in the settings of the agents on the server's machine: a hook sends a session when its turn ends.
      </p>
      <ul class="hooks">
        <For each={props.hooks} fallback={<li>No agent with settings was found on this machine.</li>}>
          {(hook) => (
            <li>
              <div>
                <b>{hook.label}</b> <span>{hook.kind === "hooks" ? "hooks" : "tools (MCP)"}</span>
                <code title={hook.file}>{hook.file}</code>
                <Show when={hook.reason}>
                  <p class="err">{hook.reason}</p>
                </Show>
              </div>
              <span class="state" data-state={hook.state}>
                {STATES[hook.state]}
              </span>
            </li>
          )}
        </For>
      </ul>
      <dl>
        <Fact name="Agents are told of recent sessions" from={from(props.recent)}>
          {props.recent.value ? "Yes" : "No"}
        </Fact>
      </dl>
      <Show when={!allGood()}>
        <div class="command">
          <code>longhouse connect --hooks-only</code>
          <CopyButton text={() => "longhouse connect --hooks-only"} />
        </div>
        <p class="said">puts them in place, and keeps the rest of each file to the byte.</p>
      </Show>
    </>
  );
}
