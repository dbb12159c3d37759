import { For, type JSX } from "solid-js";
import { Fault } from "../../src/domain/fault.ts";
import { usePage } from "../frame/page.ts";
import { usePlace } from "../frame/place.ts";
import { nextTheme, theme } from "../frame/theme.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { Ansi } from "../kit/Ansi.tsx";
import { Button, CopyButton } from "../kit/Button.tsx";
import { Chip } from "../kit/Chip.tsx";
import { Code } from "../kit/Code.tsx";
import { Diff } from "../kit/Diff.tsx";
import { Empty } from "../kit/Empty.tsx";
import { ErrorBox } from "../kit/ErrorBox.tsx";
import { Icon, ICONS } from "../kit/Icon.tsx";
import { Marked } from "../kit/Marked.tsx";
import { Markdown } from "../kit/Markdown.tsx";
import { Menu, type Option } from "../kit/Menu.tsx";
import { Skeleton } from "../kit/Skeleton.tsx";
import { Time } from "../kit/Time.tsx";
import { toast } from "../kit/Toast.tsx";
import { CODE, DIFF, HOSTILE, LONG, MARKDOWN, PROVIDERS_SHOWN, TERMINAL } from "./samples.ts";
import "./gallery.css";

/** `/kit`: every component in every state, in the theme chosen (tokens are computed at the root: one page has one). For those who change one. */
export function KitPage(): JSX.Element {
  usePage(
    () => "Kit",
    () => true,
  );
  usePlace(
    () => HERE,
    () => {},
  );
  return (
    <div class="gallery">
      <header>
        <h1>Kit</h1>
        <Button onClick={nextTheme}>Theme: {theme()}</Button>
      </header>
      <Everything />
    </div>
  );
}

const HERE = {};
const nothing = () => {};

function Everything(): JSX.Element {
  return (
    <>
      <Part name="Buttons">
        <Buttons />
      </Part>
      <Part name="Chips">
        <Chip>plain</Chip>
        <Chip tone="accent">accent</Chip>
        <Chip tone="off">not understood</Chip>
        <Chip onRemove={nothing} label="Remove it">
          removable
        </Chip>
        <Chip onRemove={nothing}>{LONG}</Chip>
      </Part>
      <Part name="Agents">
        <For each={PROVIDERS_SHOWN}>{(provider) => <AgentMark provider={provider} />}</For>
      </Part>
      <Part name="Icons">
        <For each={ICONS}>{(name) => <Icon name={name} />}</For>
      </Part>
      <Part name="Menu">
        <Menus />
      </Part>
      <Part name="Times">
        <Time at={new Date(Date.now() - 90_000).toISOString()} />
        <Time at="2025-03-04T05:06:07.000Z" />
        <Time at="2026-11-21T10:42:00.000Z" as="clock" />
        <Time at="2024-02-29T10:42:00.000Z" as="date" />
      </Part>
      <Part name="Marked">
        <p>
          <Marked
            text="The flush of the archive is awaited"
            ranges={[
              [4, 5],
              [17, 7],
            ]}
          />
        </p>
      </Part>
      <Part name="Empty">
        <Empty title="Nothing here yet" text="One sentence that says what to do next.">
          <Button>One button</Button>
        </Empty>
      </Part>
      <Part name="Error">
        <ErrorBox
          fault={new Fault("unreachable", "The server does not answer", "Check that `longhouse serve` runs")}
          onRetry={nothing}
        />
        <ErrorBox fault={new Fault("internal", LONG + LONG)} />
      </Part>
      <Part name="Loading">
        <Skeleton rows={3} />
      </Part>
      <Part name="Toasts">
        <Button onClick={() => toast({ text: "Pinned", action: { label: "Undo", run: nothing } })}>With undo</Button>
        <Button onClick={() => toast({ text: "The server does not answer", hint: "Try again", tone: "bad" })}>
          Bad
        </Button>
        <Button onClick={() => toast({ text: HOSTILE, stays: true })}>Hostile, stays</Button>
      </Part>
      <Part name="Code">
        <Code text={CODE} language="typescript" label="Code" first={40} />
      </Part>
      <Part name="Diff">
        <Diff patch={DIFF} />
      </Part>
      <Part name="Terminal">
        <Ansi text={TERMINAL} label="Output" />
      </Part>
      <Part name="Prose">
        <Markdown text={MARKDOWN} />
      </Part>
      <Part name="Hostile">
        <p>{HOSTILE}</p>
        <Markdown text={HOSTILE} />
        <Ansi text={HOSTILE} label="Hostile output" />
      </Part>
    </>
  );
}

function Part(props: { readonly name: string; readonly children: JSX.Element }): JSX.Element {
  return (
    <div class="part" data-part={props.name}>
      <h2>{props.name}</h2>
      <div>{props.children}</div>
    </div>
  );
}

function Buttons(): JSX.Element {
  return (
    <>
      <For each={["primary", "plain", "quiet", "danger"] as const}>
        {(look) => (
          <>
            <Button look={look}>{look}</Button>
            <Button look={look} icon="copy">
              with icon
            </Button>
            <Button look={look} disabled>
              disabled
            </Button>
          </>
        )}
      </For>
      <Button icon="close" look="quiet" aria-label="Close" />
      <Button aria-pressed="true">pressed</Button>
      <CopyButton text={() => "copied"} />
    </>
  );
}

function Menus(): JSX.Element {
  const few: readonly Option[] = [
    { value: "a", label: "First", note: "12", on: true },
    { value: "b", label: LONG, note: "3", on: false },
  ];
  const many = Array.from({ length: 40 }, (_, n): Option => ({ value: `${n}`, label: `Option ${n}`, on: n === 3 }));
  return (
    <>
      <Menu label="Few" active={false} options={few} onPick={nothing} />
      <Menu label="Many, chosen" active options={many} onPick={nothing} />
      <Menu label="None" active={false} options={[]} onPick={nothing} />
    </>
  );
}
