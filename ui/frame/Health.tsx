import { createEffect, createSignal, on, onCleanup, Show, type JSX } from "solid-js";
import { seenAt } from "../access/state.ts";
import { live } from "../live.ts";
import { Button } from "../kit/Button.tsx";
import { clock, date, dayKey, plural } from "../kit/format.ts";
import { importing, problems } from "../timeline/store.ts";
import { offerReload } from "./update.ts";

type Health = { readonly tone: "good" | "warn" | "bad"; readonly text: string };

/** The dot of the top line: is what I see live? Leads to the status page. */
export function HealthDot(): JSX.Element {
  const health = (): Health => {
    if (live().state() === "lost") return { tone: "bad", text: "Not connected" };
    if (live().state() === "connecting") return { tone: "warn", text: "Connecting" };
    const progress = importing();
    if (problems().length > 0) return { tone: "warn", text: plural(problems().length, "problem") };
    if (!progress) return { tone: "good", text: "Live" };
    return {
      tone: "good",
      text: `Importing ${Math.floor((100 * progress.done_bytes) / Math.max(1, progress.bytes))}%`,
    };
  };
  return (
    <a class="health" href="/status" aria-label={`Status: ${health().text}`} title="Status">
      <i class={`dot ${health().tone}`} />
      <span>{health().text}</span>
    </a>
  );
}

/** A blink of the line is not worth a word. */
const PATIENCE_MS = 1500;

/** The line under the top line while the server is out of reach: what is there stays, and says from when it is. */
export function OfflineLine(): JSX.Element {
  const [since, setSince] = createSignal<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(live().state, (state) => {
      if (state === "lost")
        timer ??= setTimeout(() => setSince(new Date(Date.now() - PATIENCE_MS).toISOString()), PATIENCE_MS);
      if (state !== "open") return;
      clearTimeout(timer);
      timer = undefined;
      setSince(null);
    }),
  );
  onCleanup(() => clearTimeout(timer));
  return (
    <div role="status" class="away">
      <Show when={since()}>
        {(at) => (
          <div class="offline">
            <p>
              No connection to the server. You see what was there <Since at={seenAt() ?? at()} />
              <span class="tail">; it is tried again by itself.</span>
            </p>
            <Button look="quiet" onClick={() => live().retry()}>
              Try now
            </Button>
          </div>
        )}
      </Show>
    </div>
  );
}

/** "at 10:42" today; another day with its date. */
function Since(props: { readonly at: string }): JSX.Element {
  const today = () => dayKey(props.at) === dayKey(Date.now());
  return (
    <>
      {today() ? "" : `on ${date(props.at, Date.now())} `}at {clock(props.at)}
    </>
  );
}

/** Offers a reload when the server was upgraded under the open page: old code and new answers may not fit. */
export function watchVersion(): void {
  createEffect(
    on(live().version, (now, before) => {
      if (!now || !before || now === before) return now ?? before;
      offerReload();
      return now;
    }),
  );
}
