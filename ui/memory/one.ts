/** One key: its value, what is being typed in its place, its history, and what happens when two change it at once. */
import { batch, createSignal, onCleanup } from "solid-js";
import type { Fault } from "../../src/domain/fault.ts";
import type { Memory, MemoryVersion } from "../../src/domain/memory.ts";
import { asFault, isAbort } from "../api/call.ts";
import { deleteMemory, getMemory, getMemoryHistory, putMemory, undoMemory } from "../api/memory.ts";
import { toast } from "../kit/Toast.tsx";

export type OneStore = ReturnType<typeof createOne>;

/** Loads a key; `onChanged` is called after each change of ours. Aborts what is on its way when its component goes. */
export function createOne(key: string, onChanged: () => void) {
  const [memory, setMemory] = createSignal<Memory | null>(null);
  const [versions, setVersions] = createSignal<readonly MemoryVersion[]>([]);
  const [fault, setFault] = createSignal<Fault | null>(null);
  /** What is typed; null = it is only read. */
  const [draft, setDraft] = createSignal<string | null>(null);
  /** Somebody else changed it while it was edited here: what they wrote. */
  const [theirs, setTheirs] = createSignal<Memory | null>(null);
  const [busy, setBusy] = createSignal(false);
  const gone = new AbortController();
  onCleanup(() => gone.abort());

  const load = async () => {
    try {
      const history = await getMemoryHistory(key, gone.signal);
      const now = history.versions[0]?.value === null ? null : await getMemory(key, gone.signal);
      batch(() => (setFault(null), setVersions(history.versions), setMemory(now)));
    } catch (error) {
      if (!isAbort(error)) setFault(asFault(error));
    }
  };
  const attempt = async (act: () => Promise<unknown>, said: string | null) => {
    setBusy(true);
    try {
      await act();
      if (said !== null) toast({ text: said, action: { label: "Undo", run: () => void undo() } });
      await load();
      onChanged();
    } catch (error) {
      const refused = asFault(error);
      if (refused.code !== "stale") toast({ text: refused.message, hint: refused.hint ?? "", tone: "bad" });
      else await meet();
    }
    setBusy(false);
  };
  /** Theirs is shown beside what was typed here: nothing is lost on either side. */
  const meet = async () => {
    await load();
    setTheirs(memory());
    if (draft() === null) toast({ text: "It was changed meanwhile; this is the newest.", tone: "bad" });
  };
  const save = (over = memory()) =>
    attempt(async () => {
      await putMemory(key, draft() ?? "", over?.version ?? versions()[0]?.version ?? 0);
      batch(() => (setDraft(null), setTheirs(null)));
    }, "Saved");
  const undo = (to?: number) => attempt(() => undoMemory(key, to), null);
  const remove = () => attempt(() => deleteMemory(key, memory()!.version), `${key} deleted`);
  const leave = () => batch(() => (setDraft(null), setTheirs(null)));
  const edit = () => setDraft(memory()?.value ?? "");

  void load();
  return { memory, versions, fault, draft, setDraft, theirs, busy, load, save, undo, remove, leave, edit };
}
