/**
 * Several patches of one file as one: what stands at the end against what stood before the first. Pure; never throws.
 * The file itself is not at hand: only lines that a patch shows are known, the others are counted. Patches that contradict
 * each other (numbers of a snippet, a change from elsewhere between them) make no sum.
 */
import type { DiffLine, FileDiff } from "./diff.ts";

/** A stretch of the file now: lines that stood there before (from this number on), or one line that was added. */
type Piece = { readonly from: number; readonly count: number } | { readonly text: string };

type Model = {
  pieces: Piece[];
  /** Texts of former lines as far as patches show them, by number. */
  readonly known: Map<number, string>;
  readonly born: boolean;
  dead: boolean;
};

/** Unchanged lines around a change. */
const CONTEXT = 3;
/** Taller files do not exist; the end of one is not known. */
const ENDLESS = 1e9;
/** More edits of one file than this are not summed up: each walks the pieces of all before. */
const MOST = 2000;

/** The sum of one file's changes in order, as a unified diff; "" when nothing is left of them. Null when they contradict each other. */
export function netDiff(path: string, changes: readonly FileDiff[]): string | null {
  if (changes.length > MOST) return null;
  let model: Model | null = null;
  for (const change of changes) {
    model = next(model, change);
    if (!model) return null;
  }
  return model ? write(path, model) : "";
}

/** One file's changes one after another, as they were made; for those that make no sum. */
export function allDiffs(path: string, changes: readonly FileDiff[]): string {
  return changes
    .map(({ state, lines }) => {
      const rows = hunksOf(lines).map((hunk) =>
        hunk.map(({ sign, text, old, new: now }) => ({ sign, text, old, now })),
      );
      return header(path, state === "created", state === "deleted") + rows.map(hunkText).join("");
    })
    .join("");
}

/** The file after one more patch; null when it does not fit. */
function next(model: Model | null, file: FileDiff): Model | null {
  if (!model) model = begin(file.state === "created");
  // Written anew, whole: of a file that was not ours the former text is not known.
  else if (file.state === "created") {
    if (!model.born && !model.dead) return null;
    model = { ...begin(true), born: model.born };
  } else if (model.dead) return null;
  let shift = 0;
  for (const hunk of hunksOf(file.lines)) {
    if (!apply(model, hunk, shift)) return null;
    for (const { sign } of hunk) shift += sign === "+" ? 1 : sign === "-" ? -1 : 0;
  }
  model.dead = file.state === "deleted";
  return model;
}

const begin = (born: boolean): Model => ({
  pieces: born ? [] : [{ from: 1, count: ENDLESS }],
  known: new Map(),
  born,
  dead: false,
});

function hunksOf(lines: readonly DiffLine[]): readonly (readonly DiffLine[])[] {
  const hunks: DiffLine[][] = [];
  for (const line of lines) {
    if (line.sign === "@") hunks.push([]);
    else hunks.at(-1)?.push(line);
  }
  return hunks.filter((hunk) => hunk.length > 0);
}

/** Walks a hunk at its new place: hunks above it are in already, and have moved what follows by `shift` lines. */
function apply(model: Model, hunk: readonly DiffLine[], shift: number): boolean {
  const first = hunk[0]!;
  let index = seek(model, first.new ?? first.old! + shift);
  for (const { sign, text } of hunk) {
    if (sign === "+") model.pieces.splice(index++, 0, { text });
    else if (!meets(model, index, text)) return false;
    else if (sign === "-") model.pieces.splice(index, 1);
    else index++;
  }
  return true;
}

/** The index of the piece that begins with line `place` (from 1); a stretch is cut there. */
function seek(model: Model, place: number): number {
  let line = 1;
  for (let index = 0; index < model.pieces.length; index++) {
    if (line === place) return index;
    const piece = model.pieces[index]!;
    const count = "text" in piece ? 1 : piece.count;
    if (line + count > place && "from" in piece) {
      cutPiece(model, index, place - line);
      return index + 1;
    }
    line += count;
  }
  return model.pieces.length;
}

function cutPiece({ pieces }: Model, index: number, at: number): void {
  const piece = pieces[index]!;
  if (!("from" in piece) || at <= 0 || at >= piece.count) return;
  const { from, count } = piece;
  pieces.splice(index, 1, { from, count: at }, { from: from + at, count: count - at });
}

/** Whether the line at a piece is this text; of a former line it is learnt. Leaves that line as a piece of its own. */
function meets(model: Model, index: number, text: string): boolean {
  const piece = model.pieces[index];
  if (!piece) return false;
  if ("text" in piece) return piece.text === text;
  const known = model.known.get(piece.from);
  if (known !== undefined && known !== text) return false;
  model.known.set(piece.from, text);
  cutPiece(model, index, 1);
  return true;
}

type Out = { readonly sign: " " | "+" | "-"; readonly text: string; readonly old: number; readonly now: number };

function write(path: string, model: Model): string {
  // Born and gone again, nothing is left of it.
  if (model.born && model.dead) return "";
  const lines = changesOf(model);
  if (!lines.some((line) => line.sign !== " ")) return "";
  return header(path, model.born, model.dead) + hunksIn(lines).map(hunkText).join("");
}

function header(path: string, born: boolean, dead: boolean): string {
  const name = path.replace(/[\r\n\t]+/g, " ");
  return `--- ${born ? "/dev/null" : name}\n+++ ${dead ? "/dev/null" : name}\n`;
}

/** Changed lines, and the known ones near them, in order. Removed ones stand before what was added in their place. */
function changesOf({ pieces, known }: Model): readonly Out[] {
  const out: Out[] = [];
  let old = 1;
  let now = 1;
  const added: string[] = [];
  const same = () => out.push({ sign: " ", text: added.shift()!, old: old++, now: now++ });
  const flush = (until: number) => {
    // What was taken out and put in again is no change.
    while (old < until && added.length > 0 && known.get(old) === added[0]) same();
    let kept = 0;
    while (until - kept > old && known.get(until - kept - 1) === added.at(-1 - kept) && kept < added.length) kept++;
    // Whatever was removed had been shown by the patch that removed it.
    for (; old < until - kept; old++) out.push({ sign: "-", text: known.get(old) ?? "", old, now });
    for (const text of added.splice(0, added.length - kept)) out.push({ sign: "+", text, old, now: now++ });
    while (added.length > 0) same();
  };
  for (const piece of pieces) {
    if ("text" in piece) {
      added.push(piece.text);
      continue;
    }
    flush(piece.from);
    for (const { at, text } of stretch(piece, known)) out.push({ sign: " ", text, old: at, now: now + at - old });
    now += piece.count;
    old += piece.count;
  }
  flush(old);
  return out;
}

/** The known lines of a stretch. A stretch of a whole file is long, what is known of it is not. */
function stretch({ from, count }: { from: number; count: number }, known: ReadonlyMap<number, string>) {
  const found: { readonly at: number; readonly text: string }[] = [];
  if (count > known.size) {
    for (const [at, text] of known) if (at >= from && at < from + count) found.push({ at, text });
    return found.toSorted((a, b) => a.at - b.at);
  }
  for (let at = from; at < from + count; at++) {
    const text = known.get(at);
    if (text !== undefined) found.push({ at, text });
  }
  return found;
}

/** Lines that follow each other without a gap, each change with its context. */
function hunksIn(lines: readonly Out[]): readonly (readonly Out[])[] {
  const near = lines.map(() => false);
  lines.forEach((line, at) => {
    if (line.sign === " ") return;
    for (let by = -CONTEXT; by <= CONTEXT; by++) if (joined(lines, at, at + by)) near[at + by] = true;
  });
  const hunks: Out[][] = [];
  lines.forEach((line, at) => {
    if (!near[at]) return;
    if (at > 0 && near[at - 1] && joined(lines, at - 1, at)) hunks.at(-1)!.push(line);
    else hunks.push([line]);
  });
  return hunks;
}

/** No line that is not known lies between the two. */
function joined(lines: readonly Out[], a: number, b: number): boolean {
  if (b < 0 || b >= lines.length) return false;
  const [from, to] = a < b ? [a, b] : [b, a];
  for (let at = from; at < to; at++) {
    const [one, two] = [lines[at]!, lines[at + 1]!];
    if (two.old - one.old > (one.sign === "+" ? 0 : 1) || two.now - one.now > (one.sign === "-" ? 0 : 1)) return false;
  }
  return true;
}

type Sided = {
  readonly sign: DiffLine["sign"];
  readonly text: string;
  readonly old: number | null;
  readonly now: number | null;
};

function hunkText(hunk: readonly Sided[]): string {
  const range = (side: "old" | "now", skip: "+" | "-") => {
    const own = hunk.filter((line) => line.sign !== skip);
    // An empty range names the line before it.
    return own.length === 0 ? `${Math.max(0, (hunk[0]![side] ?? 1) - 1)},0` : `${own[0]![side] ?? 1},${own.length}`;
  };
  const body = hunk.map((line) => `${line.sign}${line.text}\n`).join("");
  return `@@ -${range("old", "+")} +${range("now", "-")} @@\n${body}`;
}
