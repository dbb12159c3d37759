import { For, Show, type JSX } from "solid-js";
import type { Insights, TopSession } from "../../src/domain/insights.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { agentOf } from "../kit/agents.ts";
import { duration, plural } from "../kit/format.ts";
import { Time } from "../kit/Time.tsx";
import { costText, costTitle } from "./words.ts";

/** Sessions that took most time, and most money. */
export function Tops(props: { readonly found: Insights }): JSX.Element {
  const paid = (session: TopSession) => <span title={costTitle(session)}>{costText(session)}</span>;
  const took = (session: TopSession) => duration(session.active_ms);
  return (
    <div class="pair">
      <List id="longest" title="Longest sessions" none="None took any time." of={props.found.longest} figure={took}>
        Pauses of more than ten minutes are not counted.
      </List>
      <List id="dearest" title="Dearest sessions" none="None has a known cost." of={props.found.dearest} figure={paid}>
        With their sub-agents. Sessions of unknown cost are not among them.
      </List>
    </div>
  );
}

type ListProps = {
  readonly id: string;
  readonly title: string;
  readonly none: string;
  readonly of: readonly TopSession[];
  readonly figure: (session: TopSession) => JSX.Element;
  readonly children: JSX.Element;
};

function List(props: ListProps): JSX.Element {
  return (
    <section aria-labelledby={props.id} data-testid={props.id}>
      <h2 id={props.id}>{props.title}</h2>
      <p class="said small">{props.children}</p>
      <ol class="tops">
        <For each={props.of} fallback={<li class="said">{props.none}</li>}>
          {(session) => (
            <li>
              <AgentMark provider={session.provider} />
              <div>
                <a href={`/sessions/${session.id}`}>
                  <bdi class="cut">{titleOf(session)}</bdi>
                </a>
                <span class="facts">
                  <Show when={session.project}>
                    <bdi class="cut">{session.project}</bdi>
                  </Show>
                  <Time at={session.started_at} as="date" />
                  <span>{plural(session.prompts, "prompt")}</span>
                </span>
              </div>
              <b class="num">{props.figure(session)}</b>
            </li>
          )}
        </For>
      </ol>
    </section>
  );
}

const titleOf = ({ title, project, provider }: TopSession): string =>
  title?.trim() || (project ? `Session in ${project}` : `${agentOf(provider).label} session`);
