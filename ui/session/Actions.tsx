import { createSignal, For, onMount, Show, type JSX } from "solid-js";
import { fetchText, asFault } from "../api/call.ts";
import { exportUrl, type SessionDetail } from "../api/sessions.ts";
import { Button, copyText } from "../kit/Button.tsx";
import { agentOf } from "../kit/agents.ts";
import { Icon } from "../kit/Icon.tsx";
import { oneLine } from "../kit/lines.ts";
import { toast } from "../kit/Toast.tsx";
import { Mine } from "./Mine.tsx";
import type { Own } from "./own.ts";
import { copyLink } from "./Permalink.tsx";

export type ActionsProps = {
  readonly session: SessionDetail;
  readonly own: Own;
  readonly onPanel: () => void;
  readonly onFind: () => void;
};

/** What can be done with the session: buttons where there is room, the rest in a menu. */
export function Actions(props: ActionsProps): JSX.Element {
  const [editing, setEditing] = createSignal(false);
  const session = () => props.session;
  const pin = () => void props.own.change({ field: "pinned", value: !session().pinned }, session());
  return (
    <div class="actions">
      <Button
        look="quiet"
        class="wide"
        icon="search"
        aria-label="Find in this session"
        title="Find in this session (⌘F)"
        onClick={() => props.onFind()}
      />
      <Button
        look="quiet"
        class="pin wide"
        icon="pin"
        aria-label="Pinned"
        title={session().pinned ? "Take the pin away" : "Pin"}
        aria-pressed={session().pinned}
        onClick={pin}
      />
      <Button look="quiet" class="narrow" icon="timeline" aria-label="Outline" onClick={() => props.onPanel()} />
      <Button
        look="quiet"
        class="wide"
        icon="terminal"
        aria-label="Copy resume command"
        title={`Copy “${resumeCommand(session())}”`}
        onClick={() => void copyResume(session())}
      />
      <Export session={session()} />
      <More {...props} onEdit={() => setEditing(true)} onPin={pin} />
      <Show when={editing()}>
        <EditDialog session={session()} own={props.own} onClose={() => setEditing(false)} />
      </Show>
    </div>
  );
}

const resumeCommand = ({ id }: { readonly id: string }): string => `longhouse resume ${id}`;

async function copyResume(session: SessionDetail): Promise<void> {
  await copyText(resumeCommand(session));
  toast({ text: "Resume command copied", hint: resumeCommand(session) });
}

/** The whole session as Markdown; a very long one takes a while. */
async function copyMarkdown(session: SessionDetail): Promise<void> {
  try {
    await copyText(await fetchText(exportUrl(session.id, "md")));
    toast({ text: "Session copied as Markdown" });
  } catch (error) {
    const { message, hint } = asFault(error);
    toast({ text: message, tone: "bad", ...(hint ? { hint } : {}) });
  }
}

type PopupProps = {
  readonly id: string;
  readonly label: string;
  readonly icon: "download" | "more";
  readonly word?: string;
  readonly class?: string;
  readonly children: JSX.Element;
};

/** A button with a list of things to do under it; a sheet from below on a phone. */
function Popup(props: PopupProps): JSX.Element {
  const [open, setOpen] = createSignal(false);
  let button!: HTMLButtonElement;
  let panel!: HTMLDivElement;
  const place = () => {
    const at = button.getBoundingClientRect();
    panel.style.setProperty("--x", `${Math.max(8, at.right - 320)}px`);
    panel.style.setProperty("--y", `${at.bottom + 4}px`);
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={`button ${props.class ?? ""}`}
        data-look={props.word ? "plain" : "quiet"}
        popovertarget={props.id}
        aria-haspopup="dialog"
        aria-expanded={open()}
        aria-label={props.word ? undefined : props.label}
      >
        <Icon name={props.icon} />
        <Show when={props.word}>
          <span>{props.word}</span>
        </Show>
      </button>
      <div
        ref={panel}
        id={props.id}
        popover="auto"
        class="menu exports"
        role="dialog"
        aria-label={props.label}
        on:beforetoggle={place}
        on:toggle={(event: ToggleEvent) => setOpen(event.newState === "open")}
        onClick={() => panel.hidePopover()}
      >
        {props.children}
      </div>
    </>
  );
}

/** What has no button of its own, or lost it on a small screen. */
function More(props: ActionsProps & { readonly onEdit: () => void; readonly onPin: () => void }): JSX.Element {
  const item = (text: string, run: () => void, narrow = false) => (
    <button type="button" classList={{ narrow }} onClick={run}>
      <span>{text}</span>
    </button>
  );
  return (
    <Popup id="session-more" label="More actions" icon="more">
      {item("Find in this session", () => props.onFind(), true)}
      {item("Rename, tag, note…", () => props.onEdit())}
      {item(props.session.pinned ? "Take the pin away" : "Pin", () => props.onPin(), true)}
      {item("Copy link", () => void copyLink(`/sessions/${props.session.id}`))}
      {item("Copy all as Markdown", () => void copyMarkdown(props.session))}
      {item("Copy resume command", () => void copyResume(props.session))}
    </Popup>
  );
}

/** The ways out: the session in three readable forms, its own file, and every file it was read from. */
function Export(props: { readonly session: SessionDetail }): JSX.Element {
  return (
    <Popup id="session-export" label="Export" icon="download" word="Export" class="plain">
      <a href={exportUrl(props.session.id, "md")} download="">
        <span>Markdown, to read and to paste</span>
        <small>.md</small>
      </a>
      <a href={exportUrl(props.session.id, "html")} download="">
        <span>Web page, one file with its images</span>
        <small>.html</small>
      </a>
      <a href={exportUrl(props.session.id, "json")} download="">
        <span>Events as Longhouse reads them</span>
        <small>.json</small>
      </a>
      <hr />
      <a href={exportUrl(props.session.id, "jsonl")} download="">
        <span>Transcript as {agentOf(props.session.provider).label} wrote it</span>
        <small>.jsonl</small>
      </a>
      <For each={props.session.sources}>
        {(source) => (
          <a href={`/api/agents/sources/${encodeURIComponent(source.id)}/raw`} download={nameOf(source.path)}>
            <bdi title={oneLine(source.path)}>{nameOf(source.path)}</bdi>
            <small>raw</small>
          </a>
        )}
      </For>
    </Popup>
  );
}

const nameOf = (path: string): string => oneLine(path.split(/[\\/]/).at(-1) ?? "") || "source";

function EditDialog(props: {
  readonly session: SessionDetail;
  readonly own: Own;
  readonly onClose: () => void;
}): JSX.Element {
  let dialog!: HTMLDialogElement;
  onMount(() => dialog.showModal());
  return (
    <dialog ref={dialog} class="mine-dialog" aria-label="Rename, tag, note" onClose={() => props.onClose()}>
      <Mine session={props.session} own={props.own} onDone={() => dialog.close()} />
    </dialog>
  );
}
