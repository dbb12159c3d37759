import { For, Show, type JSX } from "solid-js";
import { Ansi } from "../kit/Ansi.tsx";
import { Code } from "../kit/Code.tsx";
import { visible } from "../kit/lines.ts";
import { Markdown } from "../kit/Markdown.tsx";
import type { Field, LinkItem, Question } from "./shapes.ts";

/** Questions to the person with what could be chosen. */
export function Questions(props: { readonly questions: readonly Question[] }): JSX.Element {
  return (
    <For each={props.questions}>
      {(question) => (
        <div class="asked">
          <p>
            <bdi>{visible(question.text)}</bdi>
          </p>
          <ul>
            <For each={question.options}>
              {(option) => (
                <li>
                  <bdi>{visible(option.label)}</bdi>
                  <Show when={option.note !== ""}>
                    <small>
                      <bdi>{visible(option.note)}</bdi>
                    </small>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </div>
      )}
    </For>
  );
}

const LANGUAGES: Readonly<Record<string, string>> = {
  sql: "sql",
  query: "sql",
  script: "javascript",
  code: "javascript",
};

/** A flat input as names and values; long values as blocks. */
export function Fields(props: { readonly fields: readonly Field[] }): JSX.Element {
  return (
    <dl class="fields">
      <For each={props.fields}>
        {(field) => (
          <>
            <dt>
              <bdi>{visible(field.name)}</bdi>
            </dt>
            <dd>
              <Show when={field.block} fallback={<bdi>{visible(field.text)}</bdi>}>
                <Show when={LANGUAGES[field.name]} fallback={<Ansi text={field.text} label={field.name} />}>
                  {(language) => <Code text={field.text} language={language()} label={field.name} head={24} />}
                </Show>
              </Show>
            </dd>
          </>
        )}
      </For>
    </dl>
  );
}

/** What a search of the web found. */
export function Links(props: { readonly links: readonly LinkItem[]; readonly rest: string }): JSX.Element {
  return (
    <>
      <ul class="found">
        <For each={props.links}>
          {(link) => (
            <li>
              <a href={link.url} target="_blank" rel="noopener noreferrer nofollow">
                <bdi>{visible(link.title)}</bdi>
              </a>
              <small>
                <bdi>{visible(hostOf(link.url))}</bdi>
              </small>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.rest !== ""}>
        <Markdown text={props.rest} />
      </Show>
    </>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "";
}

/** How a program in the background fares, and what it printed. */
export function Report(props: { readonly facts: readonly string[]; readonly output: string }): JSX.Element {
  return (
    <>
      <p class="aside">{visible(props.facts.join(" · "))}</p>
      <Show when={props.output !== ""}>
        <Ansi text={props.output} label="Output" />
      </Show>
    </>
  );
}
