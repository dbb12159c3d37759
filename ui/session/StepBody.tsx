import { createMemo, createSignal, For, Match, Show, Switch, type JSX } from "solid-js";
import type { Event } from "../../src/domain/event.ts";
import { asFault } from "../api/call.ts";
import { Ansi } from "../kit/Ansi.tsx";
import { Code } from "../kit/Code.tsx";
import { languageOfPath, stripNumbers } from "../kit/code.ts";
import { Diff } from "../kit/Diff.tsx";
import { Markdown } from "../kit/Markdown.tsx";
import { toast } from "../kit/Toast.tsx";
import { Child } from "./Child.tsx";
import { useSession } from "./context.ts";
import { Images } from "./Images.tsx";
import { Permalink } from "./Permalink.tsx";
import type { Step } from "./rows.ts";
import { Fields, Links, Questions, Report } from "./Shapes.tsx";
import { fieldsOf, linksOf, planTextOf, questionsOf, reportOf, typedOf } from "./shapes.ts";
import { textOf } from "./fields.ts";
import { commandOf, diffOf, headOf, relativePath, todosOf, toolKindOf, type Todo } from "./words.ts";

/** What a step did in full: what was asked for, and what came of it. */
export function StepBody(props: { readonly step: Step }): JSX.Element {
  const { transcript, childOf } = useSession();
  // The whole events, when someone asked for them.
  const step = createMemo<Step>(() => {
    const { call, result } = props.step;
    if (call === null) return { call, result: transcript.whole(result) };
    return { call: transcript.whole(call), result: result && transcript.whole(result) };
  });
  return (
    <div class="body">
      <Asked step={step()} />
      <Show when={childOf(props.step)}>{(child) => <Child session={child()} />}</Show>
      <Show when={step().result}>{(result) => <Came step={step()} result={result()} />}</Show>
      <footer>
        <Show when={headOf(step()).tool_name}>{(name) => <bdi>{name()}</bdi>}</Show>
        <Rest events={[step().call, step().result]} />
        <Permalink event={headOf(step())} />
      </footer>
    </div>
  );
}

/** A command this short is read in the step's own line (characters). */
const BRIEF = 60;

/** The call: a diff, a command, a plan, a prompt, else its input as it was given. */
function Asked(props: { readonly step: Step }): JSX.Element {
  const { session } = useSession();
  const input = () => props.step.call?.tool_input_json ?? null;
  const kind = () => toolKindOf(props.step);
  const command = () => (kind() === "shell" ? commandOf(input()) : null);
  // The step's own line says it all.
  const brief = () => command() !== null && command()!.length <= BRIEF && !command()!.includes("\n");
  const todos = () => (kind() === "todo" ? todosOf(input()) : null);
  const prompt = () => (kind() === "agent" ? textOf(input(), "prompt", "message", "task") : null);
  const typed = () => (kind() === "shell" ? typedOf(input()) : null);
  const questions = () => (kind() === "other" ? questionsOf(input()) : null);
  const plan = () => (kind() === "other" || kind() === "todo" ? planTextOf(input()) : null);
  const fields = () => (["mcp", "other", "todo"].includes(kind()) ? fieldsOf(input()) : null);
  const told = () => ["read", "search", "edit", "write"].includes(kind()) && !diffOf(props.step);
  return (
    <Switch fallback={<Show when={!isEmpty(input())}>{<Json value={input()} label="Input" />}</Show>}>
      <Match when={diffOf(props.step)}>
        {(patch) => <Diff patch={patch()} name={(path) => relativePath(path, session()?.cwd ?? null)} />}
      </Match>
      <Match when={brief() || typed() !== null}>{null}</Match>
      <Match when={command()}>
        {(text) => (
          <div class="command-line">
            <Code text={text()} language="bash" label="Command" head={12} />
          </div>
        )}
      </Match>
      <Match when={todos()}>{(list) => <Todos todos={list()} />}</Match>
      <Match when={questions()}>{(list) => <Questions questions={list()} />}</Match>
      <Match when={plan()}>{(text) => <Markdown text={text()} />}</Match>
      <Match when={fields()}>{(list) => <Fields fields={list()} />}</Match>
      <Match when={prompt()}>{(text) => <Markdown text={text()} />}</Match>
      <Match when={told() && props.step.result}>{null}</Match>
    </Switch>
  );
}

/** The result: a terminal, a file, prose, else text. An edit that went well has said all with its diff. */
function Came(props: { readonly step: Step; readonly result: Event }): JSX.Element {
  const { target } = useSession();
  const kind = () => toolKindOf(props.step);
  const text = () => props.result.tool_output_text ?? props.result.content_text ?? "";
  const quiet = () => (diffOf(props.step) !== null || kind() === "todo") && !props.result.is_error;
  return (
    <div
      class="came"
      classList={{ bad: props.result.is_error }}
      data-testid="event"
      data-event-id={props.result.id}
      data-target={props.result.id === target() || undefined}
    >
      <Images event={props.result} />
      <Show when={text().trim() !== "" && !quiet()}>
        <Switch fallback={<Ansi text={text()} label="Output" />}>
          <Match when={props.result.is_error}>
            <Ansi text={text()} label="Error" />
          </Match>
          <Match when={kind() === "shell" && reportOf(text())}>{(report) => <Report {...report()} />}</Match>
          <Match when={kind() === "web" && linksOf(text())}>{(found) => <Links {...found()} />}</Match>
          <Match when={kind() === "read"}>
            <FileText text={text()} path={pathOf(props.step)} />
          </Match>
          <Match when={kind() === "agent" || kind() === "web"}>
            <Markdown text={text()} />
          </Match>
          <Match when={tidyJson(text())}>{(json) => <Code text={json()} language="json" label="Output" />}</Match>
        </Switch>
      </Show>
      <Show when={text().trim() === "" && props.result.images.length === 0 && !quiet()}>
        <p class="aside">No output</p>
      </Show>
    </div>
  );
}

const pathOf = ({ call, result }: Step): string => result?.paths[0] ?? call?.paths[0] ?? "";

/** A file as a tool read it, with its line numbers when the tool gave them. */
function FileText(props: { readonly text: string; readonly path: string }): JSX.Element {
  const numbered = createMemo(() => stripNumbers(props.text));
  const language = () => languageOfPath(props.path);
  return (
    <Show when={numbered()} fallback={<Code text={props.text} language={language()} label={`File ${props.path}`} />}>
      {(file) => (
        <>
          <Code text={file().code} first={file().first} language={language()} label={`File ${props.path}`} />
          <Show when={file().rest !== ""}>
            <p class="aside">{file().rest}</p>
          </Show>
        </>
      )}
    </Show>
  );
}

const STATES = { open: "To do", doing: "Doing", done: "Done" } as const;

function Todos(props: { readonly todos: readonly Todo[] }): JSX.Element {
  return (
    <ul class="todos">
      <For each={props.todos}>
        {(todo) => (
          <li class={todo.state}>
            <span class="unseen">{STATES[todo.state]}: </span>
            <bdi>{todo.text}</bdi>
          </li>
        )}
      </For>
    </ul>
  );
}

/** Any value, tidy. */
export function Json(props: { readonly value: unknown; readonly label: string }): JSX.Element {
  return <Code text={stringify(props.value)} language="json" label={props.label} head={24} />;
}

function stringify(value: unknown): string {
  try {
    return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
  } catch {
    return "Nested too deeply to be shown";
  }
}

/** A JSON text written anew; null when it is none. */
function tidyJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return stringify(JSON.parse(text));
  } catch {
    return null;
  }
}

const isEmpty = (input: unknown): boolean =>
  input === null || input === "" || (typeof input === "object" && Object.keys(input).length === 0);

/** What a page had cut is fetched when someone wants to read on. */
export function Rest(props: { readonly events: readonly (Event | null)[] }): JSX.Element {
  const { transcript } = useSession();
  const [busy, setBusy] = createSignal(false);
  const cut = () => props.events.filter((event) => event !== null && transcript.whole(event).truncated);
  const load = async () => {
    setBusy(true);
    try {
      await Promise.all(cut().map((event) => transcript.loadWhole(event!)));
    } catch (error) {
      const { message, hint } = asFault(error);
      toast({ text: message, tone: "bad", ...(hint ? { hint } : {}) });
    }
    setBusy(false);
  };
  return (
    <Show when={cut().length > 0}>
      <button type="button" class="more" disabled={busy()} onClick={() => void load()}>
        {busy() ? "Loading…" : "Cut here. Show all of it"}
      </button>
    </Show>
  );
}
