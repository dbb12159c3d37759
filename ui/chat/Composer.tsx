import { createSignal, createUniqueId, For, Show, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { agentOf } from "../kit/agents.ts";
import { Button } from "../kit/Button.tsx";
import { toast } from "../kit/Toast.tsx";
import { readImages, type Attachment } from "./attachments.ts";
import type { ChatStore, Wish } from "./store.ts";

type ComposerProps = {
  readonly session: Session;
  readonly chat: ChatStore;
  /** False: the message could not be sent, and stays. */
  readonly onSend: (wish: Wish) => Promise<boolean>;
};

/** Where the person writes: grows with the text, ⌘↵ sends, and while a turn runs it can be stopped. */
export function Composer(props: ComposerProps): JSX.Element {
  const [text, setText] = createSignal("");
  const [mode, setMode] = createSignal("");
  const [model, setModel] = createSignal("");
  const models = createUniqueId();
  const [images, setImages] = createSignal<readonly Attachment[]>([]);
  const busy = () => props.chat.running();
  const send = async (how: "resume" | "fork") => {
    const message = text().trim();
    if (message === "" || busy()) return;
    const attachments = images().map(({ media_type, data }) => ({ media_type, data }));
    setText("");
    setImages([]);
    const chosen = {
      ...(mode() !== "" && { permission_mode: mode() }),
      ...(model().trim() !== "" && { model: model().trim() }),
    };
    const wish = { message, mode: how, ...chosen, attachments };
    const kept = images();
    if (await props.onSend(wish)) return;
    // Nothing that a person wrote is lost.
    if (text() === "") setText(message);
    setImages(kept);
  };
  const add = async (files: Iterable<File>) => {
    const { read, refused } = await readImages(files);
    setImages((old) => [...old, ...read].slice(0, 10));
    if (refused.length > 0)
      toast({ text: `Not attached: ${refused.join(", ")}`, hint: "Images up to 8 MB are.", tone: "bad" });
  };
  return (
    <form
      class="composer"
      data-testid="resume-composer"
      onSubmit={(event) => (event.preventDefault(), void send("resume"))}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => (event.preventDefault(), void add(event.dataTransfer?.files ?? []))}
    >
      <Show when={images().length > 0}>
        <ul class="images">
          <For each={images()}>
            {(image) => (
              <li>
                {image.name}
                <Button
                  look="quiet"
                  icon="close"
                  aria-label={`Remove ${image.name}`}
                  onClick={() => setImages((old) => old.filter((one) => one !== image))}
                />
              </li>
            )}
          </For>
        </ul>
      </Show>
      <textarea
        rows={1}
        dir="auto"
        aria-label="Go on with this session"
        placeholder={busy() ? "It is at work…" : "Go on with this session…"}
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
          event.preventDefault();
          void send("resume");
        }}
        onPaste={(event) => void add(event.clipboardData?.files ?? [])}
      />
      <div class="tools">
        <select aria-label="What it may do" value={mode()} onChange={(event) => setMode(event.currentTarget.value)}>
          <option value="">Ask before acting</option>
          <For each={agentOf(props.session.provider).modes}>
            {({ value, label }) => <option value={value}>{label}</option>}
          </For>
        </select>
        <input
          class="model"
          aria-label="Model"
          placeholder="Its usual model"
          list={models}
          autocapitalize="off"
          spellcheck={false}
          maxlength={100}
          value={model()}
          onInput={(event) => setModel(event.currentTarget.value)}
        />
        <datalist id={models}>
          <For each={props.session.models}>{(name) => <option value={name} />}</For>
        </datalist>
        <label class="button quiet attach">
          Attach
          <input
            type="file"
            accept="image/png,image/jpeg,image/gif,image/webp"
            multiple
            class="unseen"
            onChange={(event) => (void add(event.currentTarget.files ?? []), (event.currentTarget.value = ""))}
          />
        </label>
        <span class="space" />
        <Show
          when={!busy()}
          fallback={
            <Button look="danger" onClick={() => props.chat.stop()} disabled={props.chat.view().turn === null}>
              Stop
            </Button>
          }
        >
          <Button
            look="quiet"
            icon="branch"
            class="fork"
            aria-label="Send to a fork"
            title="Go on in a copy of this session"
            disabled={text().trim() === ""}
            onClick={() => void send("fork")}
          >
            <span>Fork</span>
          </Button>
          <Button type="submit" look="primary" disabled={text().trim() === ""} title="⌘↵">
            Send
          </Button>
        </Show>
      </div>
    </form>
  );
}
