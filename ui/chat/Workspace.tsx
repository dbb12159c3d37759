import { createEffect, createSignal, on, onCleanup, Show, type JSX } from "solid-js";
import { asFault } from "../api/call.ts";
import { Button, CopyButton } from "../kit/Button.tsx";
import { toast } from "../kit/Toast.tsx";
import { decideWorkspace, getWorkspace, type LeftThere } from "./api.ts";

/** A folder of ours in which a turn left something: where it is, how much, and whether it is to stay. */
export function Workspace(props: { readonly session: string; readonly running: boolean }): JSX.Element {
  const [left, setLeft] = createSignal<LeftThere | null>(null);
  const [sure, setSure] = createSignal(false);
  const leaving = new AbortController();
  onCleanup(() => leaving.abort());
  const look = () => void getWorkspace(props.session, leaving.signal).then(setLeft, () => {});
  createEffect(
    on(
      () => props.running,
      (running) => running || look(),
    ),
  );
  const decide = async (decision: "keep" | "discard") => {
    setSure(false);
    try {
      setLeft(await decideWorkspace(props.session, decision));
      if (decision === "keep") toast({ text: "The folder stays until you discard it." });
    } catch (error) {
      const { message, hint } = asFault(error);
      toast({ text: message, tone: "bad", ...(hint && { hint }) });
    }
  };
  const shown = () => {
    const now = left();
    return !props.running && now?.workspace && now.changes.length > 0
      ? { ...now.workspace, changes: now.changes }
      : null;
  };
  return (
    <Show when={shown()}>
      {(folder) => (
        <div class="left">
          <p title={folder().changes.slice(0, 40).join("\n")}>
            {folder().changes.length === 1 ? "One changed file" : `${folder().changes.length} changed files`} in{" "}
            <code dir="ltr">{folder().path}</code>
          </p>
          <div class="actions">
            <CopyButton text={() => folder().path} label="Copy path" />
            <Show
              when={sure()}
              fallback={
                <>
                  <Button look="quiet" onClick={() => void decide("keep")}>
                    Keep
                  </Button>
                  <Button look="quiet" onClick={() => setSure(true)}>
                    Discard…
                  </Button>
                </>
              }
            >
              <Button look="danger" onClick={() => void decide("discard")}>
                Delete them for good
              </Button>
              <Button look="quiet" onClick={() => setSure(false)}>
                Back
              </Button>
            </Show>
          </div>
        </div>
      )}
    </Show>
  );
}
