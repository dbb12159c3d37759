/**
 * Unified diffs for reading, made from what a tool call or its result says. Several files' diffs stand one after another.
 * A newline missing at a file's end is not told: most inputs are snippets, which never have one.
 */
import { type Edit, lineEdits } from "./line-edits.ts";

/** Unchanged lines around a change, as `diff -u` has it. */
const CONTEXT = 3;

/** The change from `before` to `after`; "" when no line differs. An empty side stands for a file that is not there. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const edits = lineEdits(before, after);
  const body = hunks(edits);
  if (body === "") return "";
  return header(path, before === "", after === "") + body;
}

/**
 * The same from hunks that the agent recorded: `{oldStart, oldLines, newStart, newLines, lines}` with lines that begin
 * with a space, + or -. Anything else in `recorded` is passed over; "" when nothing is left. Never throws.
 */
export function hunksDiff(path: string, recorded: unknown): string {
  if (!Array.isArray(recorded)) return "";
  const body = recorded.map(recordedHunk).join("");
  return body === "" ? "" : header(path, false, false) + body;
}

function header(path: string, created: boolean, deleted: boolean): string {
  const name = path.replace(/[\r\n\t]+/g, " ");
  return `--- ${created ? "/dev/null" : name}\n+++ ${deleted ? "/dev/null" : name}\n`;
}

function recordedHunk(hunk: unknown): string {
  if (typeof hunk !== "object" || hunk === null) return "";
  // A parse boundary: each field is checked before use.
  const { oldStart, oldLines, newStart, newLines, lines } = hunk as Record<string, unknown>;
  if (!Array.isArray(lines)) return "";
  const kept = lines.filter((line): line is string => typeof line === "string" && /^[ +\-\\]/.test(line));
  if (kept.length === 0) return "";
  const range = (start: unknown, count: unknown) => `${Number(start) || 0},${Number(count) || 0}`;
  return `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@\n${kept.join("\n")}\n`;
}

function hunks(edits: readonly Edit[]): string {
  const out: string[] = [];
  for (const [from, to] of ranges(edits)) out.push(hunk(edits, from, to));
  return out.join("");
}

/** The stretches of edits to show: each change with its context, neighbours joined. */
function ranges(edits: readonly Edit[]): readonly (readonly [from: number, to: number])[] {
  const found: [number, number][] = [];
  edits.forEach((edit, at) => {
    if (edit.sign === " ") return;
    const from = Math.max(0, at - CONTEXT);
    const to = Math.min(edits.length, at + CONTEXT + 1);
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else found.push([from, to]);
  });
  return found;
}

function hunk(edits: readonly Edit[], from: number, to: number): string {
  const shown = edits.slice(from, to);
  const before = edits.slice(0, from);
  const range = (sign: "-" | "+") => {
    const count = shown.filter((edit) => edit.sign !== sign).length;
    const start = before.filter((edit) => edit.sign !== sign).length;
    // An empty range names the line before it.
    return `${count === 0 ? start : start + 1},${count}`;
  };
  const body = shown.map((edit) => `${edit.sign}${edit.line}\n`).join("");
  return `@@ -${range("+")} +${range("-")} @@\n${body}`;
}
