/** Unified diffs (`event.patch`, several files one after another) as files and lines. Pure; never throws. */

export type DiffLine = {
  readonly sign: " " | "+" | "-" | "@";
  /** Line numbers; null on the side that does not have the line. A hunk line (`@`) has none and holds its heading. */
  readonly old: number | null;
  readonly new: number | null;
  readonly text: string;
};

export type FileDiff = {
  readonly path: string;
  /** The former path of a renamed file. */
  readonly from: string | null;
  readonly state: "changed" | "created" | "deleted";
  readonly added: number;
  readonly removed: number;
  readonly lines: readonly DiffLine[];
};

type Draft = { path: string; from: string | null; state: FileDiff["state"]; lines: DiffLine[] };

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)$/;

/** The files of a patch. Lines that belong to no hunk (modes, indexes, junk) are passed over. */
export function parseDiff(patch: string): FileDiff[] {
  const files: Draft[] = [];
  const lines = patch.split("\n");
  if (lines.at(-1) === "") lines.pop();
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    if (isHeader(lines, at)) {
      files.push(header(line, lines[at + 1]!));
      at += 2;
    } else if (HUNK.test(line)) {
      if (files.length === 0) files.push({ path: "", from: null, state: "changed", lines: [] });
      at = hunk(lines, at, files.at(-1)!.lines);
    } else at++;
  }
  return files.map(finish);
}

/** Added and removed lines of a whole patch. */
export function tally(files: readonly FileDiff[]): { readonly added: number; readonly removed: number } {
  return {
    added: files.reduce((sum, file) => sum + file.added, 0),
    removed: files.reduce((sum, file) => sum + file.removed, 0),
  };
}

/** The same without keeping the lines; for a line in a list. */
export const countDiff = (patch: string): { readonly added: number; readonly removed: number } =>
  tally(parseDiff(patch));

const isHeader = (lines: readonly string[], at: number): boolean =>
  lines[at]!.startsWith("--- ") && (lines[at + 1]?.startsWith("+++ ") ?? false);

function header(before: string, after: string): Draft {
  const old = name(before.slice(4));
  const now = name(after.slice(4));
  // Git writes a/ and b/ before both names; one alone is part of a path.
  const git = (old === null || old.startsWith("a/")) && (now === null || now.startsWith("b/"));
  const bare = (path: string | null) => (git && path !== null ? path.slice(2) : path);
  const state = old === null ? "created" : now === null ? "deleted" : "changed";
  const path = bare(now) ?? bare(old) ?? "";
  return { path, from: state === "changed" && bare(old) !== path ? bare(old) : null, state, lines: [] };
}

/** A name without the time some tools put after a tab; null for /dev/null. */
function name(text: string): string | null {
  const path = text.split("\t")[0]!.trim();
  return path === "/dev/null" ? null : path;
}

/** Reads one hunk into `into`; returns where the next thing begins. Counts may lie: the lines' own signs decide. */
function hunk(lines: readonly string[], from: number, into: DiffLine[]): number {
  const [, oldStart, oldCount = "1", newStart, newCount = "1", heading = ""] = HUNK.exec(lines[from]!)!;
  let [old, now] = [Number(oldStart), Number(newStart)];
  const [oldEnd, newEnd] = [old + Number(oldCount), now + Number(newCount)];
  into.push({ sign: "@", old: null, new: null, text: heading });
  let at = from + 1;
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    const full = old >= oldEnd && now >= newEnd;
    // A removed line "-- x" looks like a header; only a hunk that has all its lines may end with one.
    if (full && isHeader(lines, at)) break;
    const sign = line[0] ?? " ";
    const text = line.slice(1);
    if (sign === "+") into.push({ sign, old: null, new: now++, text });
    else if (sign === "-") into.push({ sign, old: old++, new: null, text });
    else if (sign === " " && (line !== "" || !full)) into.push({ sign, old: old++, new: now++, text });
    else if (sign !== "\\") break;
  }
  return at;
}

function finish({ path, from, state, lines }: Draft): FileDiff {
  const count = (sign: DiffLine["sign"]) => lines.filter((line) => line.sign === sign).length;
  return { path, from, state, added: count("+"), removed: count("-"), lines };
}
