import { For, Show, type JSX } from "solid-js";
import type { Event } from "../../src/domain/event.ts";
import { partUrl } from "../api/events.ts";
import { bytes } from "../kit/format.ts";
import { useSession } from "./context.ts";

/** What the server sends to be looked at; the rest it sends as a file. */
const RASTER: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** The pictures of an event, small; a click shows one large. */
export function Images(props: { readonly event: Event }): JSX.Element {
  const { id } = useSession();
  const url = (part: number) => partUrl(id, props.event.id, part);
  return (
    <Show when={props.event.images.length > 0}>
      <div class="images">
        <For each={props.event.images}>
          {(image) => (
            <Show
              when={RASTER.has(image.media_type)}
              fallback={
                <a class="button plain" href={url(image.part)} download="">
                  {kindOf(image.media_type)}, {bytes(image.bytes)}
                </a>
              }
            >
              <Zoomable src={url(image.part)} label={`Image, ${bytes(image.bytes)}`} />
            </Show>
          )}
        </For>
      </div>
    </Show>
  );
}

/** What a file is, in a word. */
function kindOf(type: string): string {
  if (type === "application/pdf") return "PDF";
  return type.startsWith("image/") ? "Image" : "File";
}

function Zoomable(props: { readonly src: string; readonly label: string }): JSX.Element {
  let dialog!: HTMLDialogElement;
  return (
    <>
      <button type="button" class="thumb" aria-label={`${props.label}: enlarge`} onClick={() => dialog.showModal()}>
        <img src={props.src} alt="" loading="lazy" decoding="async" />
      </button>
      <dialog ref={dialog} class="zoom" aria-label={props.label} onClick={() => dialog.close()}>
        <button type="button" aria-label="Close">
          <img src={props.src} alt={props.label} loading="lazy" decoding="async" />
        </button>
      </dialog>
    </>
  );
}
