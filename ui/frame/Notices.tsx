/** The bell: what agents told the person, and how much of it is unread. */
import { createSignal, createUniqueId, For, onCleanup, Show, type JSX } from "solid-js";
import type { Notice, NoticeLevel } from "../../src/domain/memory.ts";
import { listNotices, readNotices } from "../api/memory.ts";
import { plural } from "../kit/format.ts";
import { Icon, type IconName } from "../kit/Icon.tsx";
import { oneLine, visible } from "../kit/lines.ts";
import { Time } from "../kit/Time.tsx";
import { toast } from "../kit/Toast.tsx";
import { live } from "../live.ts";

/** The feed does not carry notices. */
const EVERY_MS = 20_000;
const ICON: Readonly<Record<NoticeLevel, IconName>> = {
  info: "right",
  done: "check",
  blocked: "warn",
  failed: "close",
};

/** A button with the number of unread notices, and the list it opens. Absent until an agent has said something. */
export function Notices(): JSX.Element {
  const { notices, unread, look, markRead } = useNotices();
  const id = createUniqueId();
  const toggled = (event: ToggleEvent) => {
    if (event.newState === "open") void look();
    else markRead();
  };
  return (
    <Show when={notices().length > 0}>
      <button
        type="button"
        class="bell"
        popovertarget={id}
        aria-label={unread() === 0 ? "Notices" : plural(unread(), "unread notice")}
        title="What agents told you"
      >
        <Icon name="bell" />
        <Show when={unread() > 0}>
          <b aria-hidden="true">{Math.min(99, unread())}</b>
        </Show>
      </button>
      <div id={id} popover="auto" class="notices" role="region" aria-label="Notices" on:toggle={toggled}>
        <h2>Notices</h2>
        <ul>
          <For each={notices()}>{(notice) => <Item notice={notice} />}</For>
        </ul>
      </div>
    </Show>
  );
}

function Item(props: { readonly notice: Notice }): JSX.Element {
  return (
    <li data-level={props.notice.level} data-unread={!props.notice.read || undefined}>
      <Icon name={ICON[props.notice.level]} />
      <div>
        <p>
          <span class="unseen">{props.notice.level}: </span>
          <bdi>{visible(props.notice.message)}</bdi>
        </p>
        <p class="by">
          <bdi>{oneLine(props.notice.by)}</bdi> <Time at={props.notice.at} />
          <Show when={props.notice.session_id}>{(id) => <a href={`/sessions/${id()}`}>Open session</a>}</Show>
        </p>
      </div>
    </li>
  );
}

function useNotices() {
  const [notices, setNotices] = createSignal<readonly Notice[]>([]);
  let newest: number | null = null;
  /** What was read here: an answer that was asked for before may not know of it yet. */
  let readThrough = 0;
  const look = async () => {
    const found = await listNotices().catch(() => null);
    if (!found) return;
    const first = found.notices[0];
    setNotices(found.notices.map((notice) => ({ ...notice, read: notice.read || notice.id <= readThrough })));
    // Not for what was there when the page was opened: the number on the bell is enough for that.
    if (first && newest !== null && first.id > newest && !first.read) tell(first);
    newest = first?.id ?? 0;
  };
  const markRead = () => {
    const last = notices()[0];
    if (!last || notices().every((notice) => notice.read)) return;
    readThrough = last.id;
    setNotices(notices().map((notice) => ({ ...notice, read: true })));
    void readNotices(last.id).catch(() => ((readThrough = 0), look()));
  };
  const stop = live().onResync(() => void look());
  const timer = setInterval(() => document.visibilityState === "visible" && void look(), EVERY_MS);
  onCleanup(() => (stop(), clearInterval(timer)));
  return { notices, unread: () => notices().filter((notice) => !notice.read).length, look, markRead };
}

function tell({ message, by, level, session_id }: Notice): void {
  const text = message.length > 160 ? `${message.slice(0, 160)}…` : message;
  toast({
    text,
    hint: by,
    tone: level === "failed" ? "bad" : "plain",
    ...(session_id === null
      ? {}
      : { action: { label: "Open", run: () => location.assign(`/sessions/${session_id}`) } }),
  });
}
