import { createMemo, createSignal, For, Show, type JSX } from "solid-js";
import { languageOfPath } from "./code.ts";
import { parseDiff, type DiffLine, type FileDiff } from "../../src/domain/diff.ts";
import { highlighter } from "./highlighter.ts";
import { Lines, type LineRow } from "./Lines.tsx";
import { visible, type Line } from "./lines.ts";
import { Split } from "./Split.tsx";

type DiffProps = {
  /** A unified diff, several files one after another. */
  readonly patch: string;
  /** How a path is shown. */
  readonly name?: (path: string) => string;
};

/** A patch, file by file, with line numbers and the language's colours. */
export function Diff(props: DiffProps): JSX.Element {
  const files = createMemo(() => parseDiff(props.patch));
  const name = (path: string) => visible(props.name?.(path) ?? path);
  return (
    <Show when={files().length > 0} fallback={<p class="aside">No changes</p>}>
      <For each={files()}>{(file) => <File file={file} name={name(file.path)} />}</For>
    </Show>
  );
}

const KEPT = "longhouse:diff";
const [isSplit, setSplit] = createSignal(kept() === "split");

/** Without storage (a private window) every page begins unified. */
function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function toggleSplit(): void {
  setSplit(!isSplit());
  try {
    localStorage.setItem(KEPT, isSplit() ? "split" : "unified");
  } catch {
    // It holds for this page then.
  }
}

/** Longer lines are broken in pieces, which have no place side by side (characters). */
const LONG = 4000;

function File(props: { readonly file: FileDiff; readonly name: string }): JSX.Element {
  const rows = createMemo(() => rowsOf(props.file));
  // A file that is only new or only gone has no other side.
  const both = () =>
    props.file.added > 0 && props.file.removed > 0 && props.file.lines.every((line) => line.text.length < LONG);
  const painted = createMemo(() => paint(props.file.lines, languageOfPath(props.file.path)));
  return (
    <figure class="diff">
      <figcaption>
        <bdi>
          <code>{props.name}</code>
        </bdi>
        <Show when={props.file.state !== "changed"}>
          <span>{props.file.state}</span>
        </Show>
        <Show when={props.file.from}>{(from) => <span>was {visible(from())}</span>}</Show>
        <Counts added={props.file.added} removed={props.file.removed} />
        <Show when={both()}>
          <button type="button" class="side" aria-pressed={isSplit()} onClick={toggleSplit}>
            {isSplit() ? "Unified" : "Split"}
          </button>
        </Show>
      </figcaption>
      <Show when={isSplit() && both()} fallback={<Lines rows={rows()} label={`Changes in ${props.name}`} head={160} />}>
        <Split lines={props.file.lines} painted={painted()} label={`Changes in ${props.name}`} head={160} />
      </Show>
    </figure>
  );
}

/** +9 −14; nothing when nothing changed. */
export function Counts(props: { readonly added: number; readonly removed: number }): JSX.Element {
  return (
    <Show when={props.added + props.removed > 0}>
      <span class="counts num">
        <Show when={props.added > 0}>
          <span class="plus">+{props.added}</span>
        </Show>
        <Show when={props.removed > 0}>
          <span class="minus">−{props.removed}</span>
        </Show>
      </span>
    </Show>
  );
}

const LOOKS = { "+": "add", "-": "del", "@": "hunk", " ": undefined } as const;

/** The first hunk's line is left out: it only says where the file begins to differ, which the numbers say too. */
function rowsOf({ path, lines }: FileDiff): readonly LineRow[] {
  const painted = paint(lines, languageOfPath(path));
  return lines.flatMap((line, index) => {
    if (line.sign === "@" && index === 0) return [];
    const look = LOOKS[line.sign];
    const number = String(line.new ?? line.old ?? "⋯");
    return [{ line: painted[index]!, number, ...(look ? { look } : {}) }];
  });
}

/** Both sides are painted as wholes, so that a string or comment over several lines keeps its colour. */
function paint(lines: readonly DiffLine[], language: string | null): readonly Line[] {
  const highlight = language === null ? null : highlighter();
  const plain = (line: DiffLine): Line => [{ text: visible(line.text), look: "" }];
  if (!highlight || language === null) return lines.map(plain);
  const side = (skip: "+" | "-") => {
    const kept = lines.filter((line) => line.sign !== skip);
    const painted = highlight(`${kept.map((line) => line.text).join("\n")}\n`, language);
    return new Map(kept.map((line, index) => [line, painted[index]] as const));
  };
  const [before, after] = [side("+"), side("-")];
  return lines.map((line) => (line.sign === "@" ? plain(line) : (after.get(line) ?? before.get(line) ?? plain(line))));
}
