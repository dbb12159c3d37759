import { createSignal, For, onMount, Show, type JSX } from "solid-js";
import type { ChangedFile } from "../../src/domain/changed-file.ts";
import { Button, CopyButton } from "../kit/Button.tsx";
import { Counts, Diff } from "../kit/Diff.tsx";
import { baseName, plural } from "../kit/format.ts";
import { oneLine } from "../kit/lines.ts";
import { relativePath } from "./words.ts";

type FilesProps = { readonly files: readonly ChangedFile[]; readonly cwd: string | null };

/** Shown before "all" is asked for. */
const FEW = 12;

/** The files a session changed; one unfolds over the page to its final diff. */
export function Files(props: FilesProps): JSX.Element {
  const [all, setAll] = createSignal(false);
  const [open, setOpen] = createSignal<ChangedFile | null>(null);
  const shown = () => (all() ? props.files : props.files.slice(0, FEW));
  return (
    <Show when={props.files.length > 0}>
      <h2>
        Files changed <span class="num">{props.files.length}</span>
      </h2>
      <ul class="files">
        <For each={shown()}>
          {(file) => (
            <li>
              <button type="button" title={oneLine(relativePath(file.path, props.cwd))} onClick={() => setOpen(file)}>
                <bdi>{oneLine(nameIn(props.files, file.path))}</bdi>
                <Counts added={file.added} removed={file.removed} />
              </button>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.files.length > FEW && !all()}>
        <button type="button" class="more" onClick={() => setAll(true)}>
          All {props.files.length} files
        </button>
      </Show>
      <Show when={open()} keyed>
        {(file) => (
          <FileDialog file={file} files={props.files} cwd={props.cwd} onOpen={setOpen} onClose={() => setOpen(null)} />
        )}
      </Show>
    </Show>
  );
}

/** A file's name, with its folder when another is called the same. */
function nameIn(files: readonly ChangedFile[], path: string): string {
  const name = baseName(path);
  const twins = files.filter((file) => baseName(file.path) === name).length;
  return twins > 1 ? path.split(/[\\/]/).slice(-2).join("/") : name;
}

type DialogProps = FilesProps & {
  readonly file: ChangedFile;
  readonly onOpen: (file: ChangedFile) => void;
  readonly onClose: () => void;
};

function FileDialog(props: DialogProps): JSX.Element {
  let dialog!: HTMLDialogElement;
  onMount(() => dialog.showModal());
  const at = () => props.files.indexOf(props.file);
  const beside = (by: number) => props.files[at() + by];
  const go = (by: number) => {
    const file = beside(by);
    if (file) props.onOpen(file);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "n" || event.key === "j") go(1);
    if (event.key === "p" || event.key === "k") go(-1);
  };
  return (
    <dialog
      ref={dialog}
      class="filediff"
      aria-label={`Changes in ${oneLine(props.file.path)}`}
      onClose={() => props.onClose()}
      onKeyDown={keys}
      onClick={(event) => event.target === dialog && dialog.close()}
    >
      <header>
        <p>
          {plural(props.file.edits, "edit")}
          {props.file.net ? "" : ", one after another: they do not add up to one"}
          {props.file.truncated ? "; too long, cut here" : ""}
        </p>
        <Show when={props.file.patch !== ""}>
          <CopyButton label="Copy diff" text={() => props.file.patch} />
        </Show>
        <Button
          look="quiet"
          icon="up"
          aria-label="Previous file"
          title="Previous file (p)"
          disabled={!beside(-1)}
          onClick={() => go(-1)}
        />
        <Button
          look="quiet"
          icon="down"
          aria-label="Next file"
          title="Next file (n)"
          disabled={!beside(1)}
          onClick={() => go(1)}
        />
        <Button look="quiet" icon="close" aria-label="Close" onClick={() => dialog.close()} />
      </header>
      <div class="filediff-body">
        <Show when={props.file.patch !== ""} fallback={<p class="aside">{nothing(props.file)}</p>}>
          <Diff patch={props.file.patch} name={(path) => relativePath(path, props.cwd)} />
        </Show>
      </div>
    </dialog>
  );
}

const nothing = (file: ChangedFile): string =>
  file.net && file.added + file.removed === 0 && file.edits > 1
    ? "Its edits were taken back: nothing of them is left."
    : "The agent did not write down what it changed.";
