/** The agent's own patch format, and the changes it reports, as unified diffs. */
import { type Json, object, word } from "../json.ts";
import { unifiedDiff } from "../patch.ts";

const FILE = /^\*\*\* (Add|Update|Delete) File: (.+?)\r?$/;

const NAMED = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+?)\r?$/;

/** The files a patch names, new names of moved ones included. Empty when the text is no patch. */
export function patchPaths(patch: string): readonly string[] {
  const paths = new Set<string>();
  // A search for its mark is five times as fast as a pattern tried at each line.
  for (let at = patch.indexOf("*** "); at >= 0; at = patch.indexOf("*** ", at + 4)) {
    if (at > 0 && patch.charCodeAt(at - 1) !== 10) continue;
    const end = patch.indexOf("\n", at);
    const path = NAMED.exec(end < 0 ? patch.slice(at) : patch.slice(at, end))?.[1];
    if (path) paths.add(path);
  }
  return [...paths];
}

type Section = { readonly verb: string; readonly path: string; readonly lines: string[] };

/**
 * A patch of the form `*** Begin Patch … *** End Patch` as a unified diff. The format has no line numbers: hunks are
 * numbered as if the file held nothing but them. What is no patch gives "".
 */
export function toUnified(patch: string): string {
  return sections(patch).map(sectionDiff).join("");
}

function sections(patch: string): readonly Section[] {
  const found: Section[] = [];
  for (const line of patch.split("\n")) {
    const file = FILE.exec(line);
    if (file) found.push({ verb: file[1]!, path: file[2]!, lines: [] });
    else if (line.startsWith("*** End Patch")) break;
    else found.at(-1)?.lines.push(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
  return found;
}

function sectionDiff({ verb, path, lines }: Section): string {
  if (verb === "Delete") return `--- ${path}\n+++ /dev/null\n`;
  if (verb === "Add")
    return unifiedDiff(
      path,
      "",
      lines
        .filter((line) => line.startsWith("+"))
        .map((line) => `${line.slice(1)}\n`)
        .join(""),
    );
  const moved = lines.find((line) => line.startsWith("*** Move to: "))?.slice(13);
  return `--- ${path}\n+++ ${moved ?? path}\n${hunks(lines)}`;
}

function hunks(lines: readonly string[]): string {
  const found: { context: string; lines: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith("@@")) found.push({ context: line.slice(2).trim(), lines: [] });
    else if (/^[ +-]/.test(line) || line === "") {
      if (found.length === 0) found.push({ context: "", lines: [] });
      found.at(-1)!.lines.push(line === "" ? " " : line);
    }
  }
  const start = { before: 1, after: 1 };
  return found.map((hunk) => numbered(hunk, start)).join("");
}

function numbered(
  hunk: { readonly context: string; readonly lines: readonly string[] },
  start: { before: number; after: number },
): string {
  // The empty line before the next header belongs to the split, not to the file.
  const lines = hunk.lines.at(-1) === " " ? hunk.lines.slice(0, -1) : hunk.lines;
  if (lines.length === 0) return "";
  const before = lines.filter((line) => line[0] !== "+").length;
  const after = lines.filter((line) => line[0] !== "-").length;
  const head = `@@ -${start.before},${before} +${start.after},${after} @@${hunk.context === "" ? "" : ` ${hunk.context}`}\n`;
  start.before += before;
  start.after += after;
  return `${head}${lines.join("\n")}\n`;
}

/** The files of a `changes` object: `{path: {type: add | delete | update, content | unified_diff, move_path?}}`. */
export function changedPaths(changes: unknown): readonly string[] {
  const paths: string[] = [];
  for (const [path, change] of Object.entries(object(changes) ?? {})) {
    paths.push(path);
    const moved = word(object(change)?.move_path);
    if (moved) paths.push(moved);
  }
  return paths;
}

/** A `changes` object as a unified diff, with the real line numbers. */
export function changesDiff(changes: unknown): string {
  return Object.entries(object(changes) ?? {})
    .map(([path, change]) => changeDiff(path, object(change)))
    .join("");
}

function changeDiff(path: string, change: Json | null): string {
  const diff = word(change?.unified_diff);
  if (diff) return `--- ${path}\n+++ ${word(change?.move_path) ?? path}\n${diff.endsWith("\n") ? diff : `${diff}\n`}`;
  const content = word(change?.content);
  if (!content) return "";
  return change?.type === "delete" ? unifiedDiff(path, content, "") : unifiedDiff(path, "", content);
}
