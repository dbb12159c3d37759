import { createEffect, createMemo, For, Show, type JSX } from "solid-js";
import type { Event } from "../../src/domain/event.ts";
import type { Session } from "../../src/domain/session.ts";
import type { SessionDetail } from "../api/sessions.ts";
import { clock, date, exact, money, moment, short } from "../kit/format.ts";
import { oneLine } from "../kit/lines.ts";
import { ActivityMap } from "./ActivityMap.tsx";
import { Files } from "./Files.tsx";
import type { Outline } from "./outline.ts";
import { eventPath } from "./Permalink.tsx";
import { titleOf } from "./words.ts";

type PanelProps = {
  readonly session: SessionDetail;
  readonly prompts: readonly Event[];
  /** The prompt that what is on the screen belongs to. */
  readonly current: string | null;
  readonly outline: Outline;
  readonly onJump: (event: string) => void;
};

/** Beside the transcript: its prompts, its sub-agents, what it used. */
export function Panel(props: PanelProps): JSX.Element {
  return (
    <>
      <ActivityMap stretches={props.outline.stretches()} here={props.outline.here()} onJump={props.onJump} />
      <Show when={props.prompts.length > 0}>
        <h2>
          Prompts <span class="num">{props.prompts.length}</span>
        </h2>
        <Prompts {...props} />
      </Show>
      <Files files={props.outline.files()} cwd={props.session.cwd} />
      <Agents sessions={props.session.children} />
      <Usage session={props.session} />
      <Details session={props.session} />
    </>
  );
}

function Prompts(props: PanelProps): JSX.Element {
  let list!: HTMLUListElement;
  createEffect(() => {
    const at = props.prompts.findIndex((prompt) => prompt.id === props.current);
    if (at >= 0) bringIn(list.children[at] as HTMLElement | undefined);
  });
  return (
    <ul ref={list} class="prompts">
      <For each={props.prompts}>
        {(prompt) => (
          <li>
            <a
              href={eventPath(props.session.id, prompt.id)}
              aria-current={prompt.id === props.current ? "true" : undefined}
              title={prompt.at ? moment(prompt.at) : undefined}
              onClick={(event) => jump(event, () => props.onJump(prompt.id))}
            >
              <bdi>{oneLine((prompt.content_text ?? "").slice(0, 160)) || "Prompt without words"}</bdi>
            </a>
          </li>
        )}
      </For>
    </ul>
  );
}

/** Scrolls the list, and it alone, until the item is in it; not while a hand is there. */
function bringIn(item: HTMLElement | undefined): void {
  const list = item?.parentElement;
  if (!item || !list || list.matches(":hover, :focus-within")) return;
  const [box, room] = [item.getBoundingClientRect(), list.getBoundingClientRect()];
  if (box.top < room.top || box.bottom > room.bottom) list.scrollTop += box.top - room.top - room.height / 3;
}

/** A plain click moves within the page; any other is the browser's. */
function jump(event: MouseEvent, go: () => void): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go();
}

function Agents(props: { readonly sessions: readonly Session[] }): JSX.Element {
  return (
    <Show when={props.sessions.length > 0}>
      <h2>Agents</h2>
      <ul>
        <For each={props.sessions}>
          {(child) => (
            <li>
              <a href={`/sessions/${child.id}`} classList={{ live: child.state === "working" }}>
                <bdi>{titleOf(child)}</bdi>
              </a>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

function Usage(props: { readonly session: Session }): JSX.Element {
  const figures = createMemo(() => {
    const { tokens, tool_calls, errors } = props.session;
    return [
      ["Input", tokens.input],
      ["Cached", tokens.cache_read],
      ["Cache written", tokens.cache_write],
      ["Output", tokens.output],
      ["Reasoning", tokens.reasoning],
      ["Tool calls", tool_calls],
      ["Failed", errors],
    ].filter((row): row is [string, number] => Number(row[1]) > 0);
  });
  return (
    <Show when={figures().length > 0 || props.session.cost_usd !== null}>
      <h2>Usage</h2>
      <dl>
        <For each={figures()}>
          {([name, count]) => (
            <>
              <dt>{name}</dt>
              <dd class="num" title={exact(count)}>
                {short(count)}
              </dd>
            </>
          )}
        </For>
        <Show when={props.session.cost_usd !== null} fallback={<UnknownCost session={props.session} />}>
          <dt>Cost</dt>
          <dd class="num" title={`$${props.session.cost_usd}`}>
            {money(props.session.cost_usd!)}
          </dd>
        </Show>
      </dl>
    </Show>
  );
}

/** Tokens without a price are not free: nobody knows. Without tokens there is nothing to say. */
function UnknownCost(props: { readonly session: Session }): JSX.Element {
  const spent = () => props.session.tokens.input + props.session.tokens.output + props.session.tokens.cache_read;
  return (
    <Show when={props.session.cost_usd === null && spent() > 0}>
      <dt>Cost</dt>
      <dd title="No price is known for its models">unknown</dd>
    </Show>
  );
}

/** Where and when, in full: the header has room for the short forms only. */
function Details(props: { readonly session: Session }): JSX.Element {
  const facts = createMemo(() => {
    const { cwd, git_branch, device_id, models, started_at } = props.session;
    const all: readonly (readonly [name: string, text: string | null])[] = [
      ["Folder", cwd],
      ["Branch", git_branch],
      ["Machine", device_id],
      ["Model", models.join(", ")],
      ["Started", started_at && `${date(started_at, Date.now())}, ${clock(started_at)}`],
    ];
    return all.flatMap(([name, text]) => (text ? [[name, oneLine(text)] as const] : []));
  });
  return (
    <Show when={facts().length > 0}>
      <h2>Details</h2>
      <dl>
        <For each={facts()}>
          {([name, text]) => (
            <>
              <dt>{name}</dt>
              <dd>
                <bdi>{text}</bdi>
              </dd>
            </>
          )}
        </For>
      </dl>
    </Show>
  );
}
