/** ⌘K: sessions, pages, projects, actions and settings by a few letters. Local entries answer at once, sessions when they come. */
import { useNavigate } from "@solidjs/router";
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show, untrack, type JSX } from "solid-js";
import type { SessionHit } from "../../src/domain/session.ts";
import { listSessions } from "../api/sessions.ts";
import { AgentMark } from "../kit/AgentMark.tsx";
import { Icon } from "../kit/Icon.tsx";
import { oneLine } from "../kit/lines.ts";
import { createLatest } from "../timeline/latest.ts";
import { searchOn } from "../timeline/search-on.ts";
import { loadCounts } from "../timeline/store.ts";
import { titleOf } from "../timeline/words.ts";
import { localEntries } from "./commands.ts";
import { grouped, markAfter, matching, moved, type Entry } from "./palette.ts";

type PaletteProps = { readonly open: boolean; readonly onClose: () => void; readonly onHelp: () => void };

/** The dialog over a veil; what is in it lives while it is open. */
export function Palette(props: PaletteProps): JSX.Element {
  let dialog!: HTMLDialogElement;
  createEffect(() => (props.open ? show(dialog) : dialog.close()));
  // Told by its event: what has the focus must be in it still for the focus to be given back.
  const close = () => dialog.close();
  return (
    <>
      <Show when={props.open}>
        <div class="veil" onClick={close} />
      </Show>
      <dialog
        ref={dialog}
        class="palette"
        aria-label="Go to anything"
        aria-modal="true"
        onClose={() => props.onClose()}
        // The focus stays in the field, wherever one clicks.
        onMouseDown={(event) => event.target instanceof HTMLInputElement || event.preventDefault()}
      >
        <Show when={props.open}>
          <Choose onClose={close} onHelp={props.onHelp} />
        </Show>
      </dialog>
    </>
  );
}

/** A modal dialog has every element of the page styled anew, for it is inert then: half of the time to open. Over one it must be one. */
function show(dialog: HTMLDialogElement): void {
  if (document.querySelector(":modal, :popover-open")) dialog.showModal();
  else dialog.show();
}

const ASK_MS = 60;
const REST_MS = 300;
const SESSIONS = { recent: 5, found: 8 };

function Choose(props: Omit<PaletteProps, "open">): JSX.Element {
  const navigate = useNavigate();
  const [text, setText] = createSignal("");
  const sessions = useSessions(text);
  // Not followed: a list that is renewed under the hand that chooses would be worse than one a second old.
  const local = untrack(() => localEntries(props.onHelp));
  const entries = createMemo(() => offered(local, sessions(), text()));
  const [wanted, setWanted] = createSignal<string | null>(null);
  const marked = () => markAfter(entries(), wanted());
  void loadCounts();

  const choose = (entry: Entry | undefined, newTab: boolean) => {
    if (!entry) return;
    props.onClose();
    if ("act" in entry) return entry.act();
    if (newTab) return void open(entry.href, "_blank", "noopener");
    navigate(entry.href);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = STEPS[event.key];
    if (step) setWanted(moved(entries(), marked(), step));
    else if (event.key === "Escape") props.onClose();
    else if (event.key === "Enter")
      choose(
        entries().find((entry) => entry.id === marked()),
        event.metaKey || event.ctrlKey,
      );
    // The field is all that takes the focus: behind the veil nothing is to be reached.
    else if (event.key !== "Tab") return;
    event.preventDefault();
    document.getElementById(optionId(marked()))?.scrollIntoView({ block: "nearest" });
  };
  const type = (typed: string) => (setText(typed), setWanted(null));
  return (
    <>
      <Field text={text()} marked={marked()} onType={type} onKeyDown={keys} />
      <Options entries={entries()} marked={marked()} onMark={setWanted} onChoose={choose} text={text()} />
    </>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 };
const optionId = (id: string | null): string => `palette-${id}`;

/** Recent sessions first while nothing is typed; then what is local, what was found, and the search itself. */
function offered(local: readonly Entry[], sessions: readonly Entry[], text: string): readonly Entry[] {
  if (text.trim() === "") return [...sessions, ...matching(local, "")];
  const search: Entry = {
    id: "search",
    group: "Sessions",
    label: `Search everything for “${text.trim()}”`,
    icon: "search",
    href: `/timeline?q=${encodeURIComponent(text.trim())}`,
  };
  return [...matching(local, text), ...sessions, search];
}

/** Sessions for what is typed. An old answer never comes after a new one; until the new one is there, the old ones stay. */
function useSessions(text: () => string): () => readonly Entry[] {
  const [found, setFound] = createSignal<readonly Entry[]>([]);
  const latest = createLatest();
  onCleanup(latest.stop);
  createEffect(
    on(text, (typed) => {
      const query = typed.trim();
      const question =
        query === ""
          ? { limit: SESSIONS.recent }
          : { query, limit: SESSIONS.found, sort: "relevance" as const, passages: 1 };
      const show = (sessions: readonly SessionHit[]) => setFound(sessions.map((one) => entryOf(one, query === "")));
      latest.ask(
        (signal) =>
          searchOn((further) => listSessions({ ...question, ...further }, signal), {
            wanted: SESSIONS.found,
            rest: () => new Promise((done) => setTimeout(done, REST_MS)),
            show: (sessions) => signal.aborted || show(sessions),
          }),
        // What is local is offered all the same; the line under the top line says that nothing answers.
        { answer: () => {}, failure: () => setFound([]) },
        query === "" ? 0 : ASK_MS,
      );
    }),
  );
  return found;
}

function entryOf(session: SessionHit, isRecent: boolean): Entry {
  const event = session.matches?.[0]?.event_id;
  const at = event && !isRecent ? `?event=${encodeURIComponent(event)}` : "";
  return {
    id: `session:${session.id}`,
    group: isRecent ? "Recent sessions" : "Sessions",
    label: titleOf(session),
    provider: session.provider,
    href: `/sessions/${encodeURIComponent(session.id)}${at}`,
    ...(session.project ? { note: session.project } : {}),
  };
}

type FieldProps = {
  readonly text: string;
  readonly marked: string | null;
  readonly onType: (text: string) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
};

function Field(props: FieldProps): JSX.Element {
  return (
    <div class="ask">
      <Icon name="search" />
      <input
        autofocus
        role="combobox"
        aria-label="Go to a session, project, page or action"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={props.marked === null ? undefined : optionId(props.marked)}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="go"
        placeholder="Go to a session, project, page or action"
        value={props.text}
        onInput={(event) => props.onType(event.currentTarget.value)}
        onKeyDown={(event) => props.onKeyDown(event)}
      />
      <kbd aria-hidden="true">Esc</kbd>
    </div>
  );
}

type OptionsProps = {
  readonly entries: readonly Entry[];
  readonly text: string;
  readonly marked: string | null;
  readonly onMark: (id: string) => void;
  readonly onChoose: (entry: Entry, newTab: boolean) => void;
};

function Options(props: OptionsProps): JSX.Element {
  return (
    <div id="palette-list" class="options" role="listbox" aria-label="What there is">
      <For each={grouped(props.entries)}>
        {(group) => (
          <div role="group" aria-label={group.name}>
            <h3 aria-hidden="true">{group.name}</h3>
            <For each={group.entries}>
              {(entry) => (
                <div
                  id={optionId(entry.id)}
                  role="option"
                  aria-selected={entry.id === props.marked}
                  onPointerMove={() => entry.id !== props.marked && props.onMark(entry.id)}
                  onClick={(event) => props.onChoose(entry, event.metaKey || event.ctrlKey)}
                >
                  <Show when={entry.provider} fallback={<Icon name={entry.icon ?? "right"} />}>
                    {(provider) => <AgentMark provider={provider()} />}
                  </Show>
                  <bdi>{oneLine(entry.label)}</bdi>
                  <Show when={entry.note}>{(note) => <small>{oneLine(note())}</small>}</Show>
                </div>
              )}
            </For>
          </div>
        )}
      </For>
    </div>
  );
}
