/** Text as lines of runs, the one form in which code, diffs and terminal output are shown. Pure. */

/** A piece of text in one look; `look` is CSS classes of ours ("" = plain), never anything from the text. */
export type Run = { readonly text: string; readonly look: string };
export type Line = readonly Run[];

/** Text as lines are cut from it: one kind of newline, and the one at the very end ends a line and begins none. */
export const normal = (text: string): string => text.replace(/\r\n/g, "\n").replace(/\n$/, "");

/** Lines without any look. */
export const plainLines = (text: string): Line[] =>
  normal(text)
    .split("\n")
    .map((line) => (line === "" ? [] : [{ text: visible(line), look: "" }]));

/** The text of lines again, for copying and tests. */
export const textOf = (lines: readonly Line[]): string =>
  lines.map((line) => line.map((run) => run.text).join("")).join("\n");

// Controls would do nothing or harm: bidi overrides make code read other than it runs (CVE-2021-42574).
const UNSEEN = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu;

/** Text in which control characters and bidi overrides are seen: ␛ for C0, ⟨202E⟩ for the rest. Tabs and newlines stay. */
export const visible = (text: string): string => text.replace(UNSEEN, picture);

function picture(char: string): string {
  const code = char.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** The same in one line, for titles, paths and names. */
export const oneLine = (text: string): string => visible(text.replace(/\s+/g, " ").trim());

/** A line of more characters is shown as several: laying out megabytes in one line stops the browser. */
const LINE_MAX = 5000;

/** The line in pieces that can be shown; most often the line itself. */
export function breakLine(line: Line): readonly Line[] {
  if (line.reduce((sum, run) => sum + run.text.length, 0) <= LINE_MAX) return [line];
  const out: Run[][] = [[]];
  let room = LINE_MAX;
  for (const run of line)
    for (let at = 0; at < run.text.length;) {
      const text = run.text.slice(at, at + room);
      out.at(-1)!.push({ ...run, text });
      at += text.length;
      room -= text.length;
      if (room === 0) {
        out.push([]);
        room = LINE_MAX;
      }
    }
  return out.at(-1)!.length === 0 ? out.slice(0, -1) : out;
}

/** Which lines to show when a text is long: `head` first ones, `tail` last ones, `hidden` between them. */
export type Cut = { readonly head: number; readonly tail: number; readonly hidden: number };

/** Cuts only when it hides more than a few lines: a button for three lines is no gain. */
export function cut(count: number, head: number, tail: number): Cut {
  const hidden = count - head - tail;
  return hidden > 6 ? { head, tail, hidden } : { head: count, tail: 0, hidden: 0 };
}
