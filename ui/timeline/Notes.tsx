import { createSignal, Show, type JSX } from "solid-js";
import type { ImportProgress } from "../../src/domain/frame.ts";
import { asFault, deleteSession, listSessions } from "../api.ts";
import { Button } from "../kit/Button.tsx";
import { bytes, duration } from "../kit/format.ts";
import { toast } from "../kit/Toast.tsx";
import { row } from "./rows.ts";
import { forget, importing } from "./store.ts";
import type { View } from "./view.ts";

/** Progress of a first import, above the rows that it fills. */
export function ImportNote(): JSX.Element {
  const words = (progress: ImportProgress) =>
    [
      `${bytes(progress.done_bytes)} of ${bytes(progress.bytes)}`,
      progress.rate > 0 ? `${bytes(progress.rate)}/s` : "",
      progress.eta_s === null ? "" : `${duration(Math.max(1, progress.eta_s) * 1000)} left`,
    ]
      .filter((part) => part !== "")
      .join(" · ");
  return (
    <Show when={importing()}>
      {(progress) => (
        <div class="note import" data-testid="import-progress">
          <p>
            <b>Reading your sessions</b>
            <span class="num">{words(progress())}</span>
          </p>
          <progress max={Math.max(1, progress().bytes)} value={progress().done_bytes} aria-label="Import" />
        </div>
      )}
    </Show>
  );
}

/** Says that samples are shown, and removes them in one click. */
export function SamplesNote(props: { readonly view: View }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  // An archive with samples is a small one: no need to look at all rows of a large one.
  const newest = () => props.view.list().entries.slice(0, 100);
  const some = () => newest().some((entry) => row(entry.id)?.demo);
  const remove = async () => {
    setBusy(true);
    try {
      await removeSamples();
    } catch (error) {
      toast({ text: asFault(error).message, tone: "bad" });
    }
    setBusy(false);
  };
  return (
    <Show when={some()}>
      <div class="note">
        <p>These are samples, to show what a timeline looks like. Your own sessions come in beside them.</p>
        <Button data-testid="demo-cta" disabled={busy()} onClick={() => void remove()}>
          Remove samples
        </Button>
      </div>
    </Show>
  );
}

/** Deletes every sample, wherever in the archive it stands. Sub-agents go with their parents. */
async function removeSamples(): Promise<void> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await listSessions({ limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.sessions.filter((session) => session.demo).map((session) => session.id));
    cursor = page.next;
  }
  for (const id of ids) {
    await deleteSession(id);
    forget(id);
  }
}
