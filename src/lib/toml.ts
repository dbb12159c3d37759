/** Where a person's TOML says what: Bun's parser gives values but no places, and an error without a line is a riddle. */

/** The values of a TOML text, or the line (1…) that cannot be read and why. */
export type TomlText =
  | { readonly kind: "values"; readonly values: Readonly<Record<string, unknown>> }
  | { readonly kind: "broken"; readonly line: number; readonly reason: string };

/** Parses a TOML text. Never throws. */
export function readToml(text: string): TomlText {
  try {
    return { kind: "values", values: Bun.TOML.parse(text) as Record<string, unknown> };
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^TOML Parse error: /, "") : String(error);
    return { kind: "broken", line: brokenLine(text), reason };
  }
}

/** The line after the longest beginning that can be read. */
function brokenLine(text: string): number {
  const lines = text.split("\n");
  for (let count = lines.length - 1; count > 0; count--) {
    if (parses(lines.slice(0, count).join("\n"))) return count + 1;
  }
  return 1;
}

function parses(text: string): boolean {
  try {
    Bun.TOML.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The line (1…) on which `path` ("server.port") is set, or the nearest table it stands in; null when it is nowhere. */
export function lineOf(text: string, path: string): number | null {
  let table = "";
  let nearest: number | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    const key = header ? null : /^\s*([\w."'\s-]+?)\s*=/.exec(line)?.[1];
    if (header) table = dotted(header);
    if (!header && !key) continue;
    const here = header ? table : [table, dotted(key!)].filter(Boolean).join(".");
    if (here === path) return index + 1;
    if (path.startsWith(`${here}.`)) nearest = index + 1;
  }
  return nearest;
}

function dotted(name: string): string {
  return name
    .split(".")
    .map((part) => part.trim().replace(/^(["'])(.*)\1$/, "$2"))
    .join(".");
}
