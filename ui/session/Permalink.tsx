import { createSignal, Show, type JSX } from "solid-js";
import type { Event } from "../../src/domain/event.ts";
import { copyText } from "../kit/Button.tsx";
import { clock, moment } from "../kit/format.ts";
import { Icon } from "../kit/Icon.tsx";
import { toast } from "../kit/Toast.tsx";
import { useSession } from "./context.ts";

/** Where an event is, for this app. */
export const eventPath = (session: string, event: string): string => `/sessions/${session}?event=${event}`;

/** Puts a link to a session or one of its events on the clipboard, and says so. */
export async function copyLink(path: string): Promise<void> {
  await copyText(new URL(path, location.origin).href);
  toast({ text: "Link copied" });
}

/** The edge of a message: when it was said, and a way to take it along. */
export function Tools(props: { readonly event: Event }): JSX.Element {
  const [done, setDone] = createSignal(false);
  const copy = async () => {
    await copyText(props.event.content_text ?? "");
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return (
    <div class="tools">
      <Show when={props.event.content_text}>
        <button
          type="button"
          class="copy-message"
          aria-label="Copy message"
          title="Copy message"
          onClick={() => void copy()}
        >
          <Icon name={done() ? "check" : "copy"} />
        </button>
      </Show>
      <Permalink event={props.event} />
    </div>
  );
}

/** The time of an event as its permalink: a click copies it, a middle click opens it. */
export function Permalink(props: { readonly event: Event }): JSX.Element {
  const { id } = useSession();
  const path = () => eventPath(id, props.event.id);
  const copy = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    void copyLink(path());
  };
  const title = () => `Copy link${props.event.at ? ` · ${moment(props.event.at)}` : ""}`;
  return (
    <a class="at" href={path()} title={title()} aria-label={title()} onClick={copy}>
      <Show when={props.event.at} fallback="#">
        {(at) => <time dateTime={at()}>{clock(at())}</time>}
      </Show>
    </a>
  );
}
