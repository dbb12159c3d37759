import { createResource, createSignal, Show, type JSX } from "solid-js";
import { asFault } from "../api/call.ts";
import { addSamples, removeSamples, sampleIds } from "../api/samples.ts";
import { Button } from "../kit/Button.tsx";
import { plural } from "../kit/format.ts";
import { toast } from "../kit/Toast.tsx";

/** Puts the sample sessions in, or takes them out. */
export function Samples(): JSX.Element {
  const [there, { refetch }] = createResource(() => sampleIds().catch(() => null));
  const [busy, setBusy] = createSignal(false);
  const change = async (act: () => Promise<unknown>, said: string) => {
    setBusy(true);
    try {
      await act();
      toast({ text: said });
    } catch (error) {
      toast({ text: asFault(error).message, tone: "bad" });
    }
    await refetch();
    setBusy(false);
  };
  // Read before there is an answer, it would blank the page up to the frame.
  const count = () => (there.state === "pending" ? 0 : (there()?.length ?? 0));
  return (
    <>
      <p class="said">
        <Show
          when={count() > 0}
          fallback="A few invented sessions, to see what a timeline looks like. Yours are not touched."
        >
          {plural(count(), "sample session")} in the archive, each marked as a sample.
        </Show>
      </p>
      <Show
        when={count() > 0}
        fallback={
          <Button disabled={busy() || there.loading} onClick={() => void change(addSamples, "Samples added")}>
            Add samples
          </Button>
        }
      >
        <Button disabled={busy()} onClick={() => void change(() => removeSamples(), "Samples removed")}>
          Remove samples
        </Button>
      </Show>
    </>
  );
}
