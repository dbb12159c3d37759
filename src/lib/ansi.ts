/** Text for a terminal: colours when they are wanted, and nothing that another's text could do to it. */

export type Paint = {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
};

/** Colours, or none of them. */
export function createPaint(colours: boolean): Paint {
  const code = (on: number, off: number) => (text: string) => (colours ? `\x1b[${on}m${text}\x1b[${off}m` : text);
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
    cyan: code(36, 39),
  };
}

/** Everything that moves the cursor, changes colours or direction, or hides itself. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** The text on one line with its control characters made visible (`\x1b`); blanks of any kind become one. */
export function plain(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(UNSAFE, visible);
}

/** As `plain`, but lines stay lines and tabs tabs. */
export function plainLines(text: string): string {
  return text.replace(UNSAFE, (char) => (char === "\n" || char === "\t" ? char : visible(char)));
}

function visible(char: string): string {
  const code = char.codePointAt(0)!;
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** The text cut to `width` columns, with … where something is missing. */
export function cut(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let [kept, used] = ["", 0];
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += Bun.stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
