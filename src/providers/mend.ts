/** Reads the head of a line that is too long to parse: what is open is closed, the torn end is dropped. */

/**
 * The value that a cut-off JSON text began; undefined when it began none. A cut string keeps what is there.
 * Never throws. Costs one walk over the text.
 */
export function mend(text: string): unknown {
  const { open, quoted, lastWhole } = walk(text);
  const attempts = quoted ? [`${withoutTornEscape(text)}"${closers(open)}`] : [];
  // A cut inside a key, after a colon or inside a word: back to the last comma, where everything before it was whole.
  if (lastWhole) attempts.push(text.slice(0, lastWhole.at) + closers(lastWhole.open));
  for (const attempt of attempts) {
    try {
      return JSON.parse(attempt);
    } catch {
      // Not JSON this way; the next attempt may be.
    }
  }
  return undefined;
}

type Walk = {
  readonly open: string;
  readonly quoted: boolean;
  readonly lastWhole: { readonly at: number; readonly open: string } | null;
};

function walk(text: string): Walk {
  let open = "";
  let quoted = false;
  let lastWhole: Walk["lastWhole"] = null;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c === "\\") i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "{" || c === "[") open += c;
    else if (c === "}" || c === "]") open = open.slice(0, -1);
    else if (c === ",") lastWhole = { at: i, open };
  }
  return { open, quoted, lastWhole };
}

function closers(open: string): string {
  return [...open]
    .reverse()
    .map((c) => (c === "{" ? "}" : "]"))
    .join("");
}

function withoutTornEscape(text: string): string {
  return text.replace(/\\u[0-9a-fA-F]{0,3}$/, "").replace(/(^|[^\\])((?:\\\\)*)\\$/, "$1$2");
}
