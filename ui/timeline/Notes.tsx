import { createMemo, createSignal, For, Show, type JSX } from "solid-js";
import type { AgentImport } from "../../src/domain/frame.ts";
import { asFault } from "../api/call.ts";
import { removeSamples } from "../api/samples.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { agentOf } from "../kit/agents.ts";
import { Button } from "../kit/Button.tsx";
import { bytes, exact, plural } from "../kit/format.ts";
import { toast } from "../kit/Toast.tsx";
import { howFar } from "./import-words.ts";
import { row } from "./rows.ts";
import { forget, importing } from "./store.ts";
import type { View } from "./view.ts";
import "./firstrun.css";

/** Lines break between figures, never within one. */
const whole = (text: string): string => text.replace(/(?<!·) (?!·)/g, "\u00A0");

/** Progress of a first import, above the rows that it fills: what was found of which agent, and how far it is. */
export function ImportNote(): JSX.Element {
  const agents = createMemo(() => importing()?.agents ?? []);
  return (
    <Show when={importing()}>
      {(progress) => (
        <div class="note import" data-testid="import-progress">
          <p>
            <b>Reading your sessions</b>
            <span class="num">{whole(howFar(progress()))}</span>
          </p>
          <progress max={Math.max(1, progress().bytes)} value={progress().done_bytes} aria-label="Import" />
          <Show when={agents().length > 0}>
            <ul class="agents-found">
              <For each={agents()}>{(agent) => <Found agent={agent} />}</For>
            </ul>
          </Show>
          <p class="aside">The newest come first. It goes on when you close this page, and what is here can be used.</p>
        </div>
      )}
    </Show>
  );
}

function Found(props: { readonly agent: AgentImport }): JSX.Element {
  const counts = () => {
    const { finished, sources } = props.agent;
    return finished >= sources ? plural(sources, "file") : `${exact(finished)} of ${plural(sources, "file")}`;
  };
  return (
    <li>
      <AgentMark provider={props.agent.provider} />
      {agentOf(props.agent.provider).label}
      <span class="num">
        {counts()}, {bytes(props.agent.bytes)}
      </span>
    </li>
  );
}

/** Says that samples are shown, and removes them in one click. */
export function SamplesNote(props: { readonly view: View }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  // An archive with samples is a small one: no need to look at all rows of a large one.
  const newest = () => props.view.list().entries.slice(0, 100);
  const some = () => newest().some((entry) => row(entry.id)?.demo);
  const remove = async () => {
    setBusy(true);
    try {
      await removeSamples(forget);
    } catch (error) {
      toast({ text: asFault(error).message, tone: "bad" });
    }
    setBusy(false);
  };
  return (
    <Show when={some()}>
      <div class="note">
        <p>These are samples, to show what a timeline looks like. Your own sessions come in beside them.</p>
        <Button data-testid="demo-cta" disabled={busy()} onClick={() => void remove()}>
          Remove samples
        </Button>
      </div>
    </Show>
  );
}
