/** Names of languages and lines of highlighted code. Pure; the highlighter itself is in highlight.ts and comes later. */
import type { Line, Run } from "./lines.ts";
import { visible } from "./lines.ts";

/** Languages the highlighter knows, with the file endings and names that mean them. */
const ENDINGS: Readonly<Record<string, string>> = {
  bash: "bash sh zsh shell shellscript console sh-session shell-session dockerfile makefile",
  cpp: "cpp c h cc hh cxx hpp c++",
  css: "css scss less",
  diff: "diff patch",
  go: "go golang",
  java: "java kt kotlin cs csharp scala",
  javascript: "javascript js mjs cjs jsx",
  json: "json jsonl ndjson jsonc json5 webmanifest",
  markdown: "markdown md mdx",
  python: "python py pyi py3",
  ruby: "ruby rb rake gemfile",
  rust: "rust rs",
  sql: "sql sqlite psql mysql",
  typescript: "typescript ts tsx mts cts",
  xml: "xml html htm svg vue svelte xhtml plist",
  yaml: "yaml yml",
};

const LANGUAGE = new Map<string, string>();
for (const [language, words] of Object.entries(ENDINGS))
  for (const word of words.split(" ")) LANGUAGE.set(word, language);

/** The highlighter's language for a fence's word ("ts", "TSX title=…"); null when it has none. */
export const languageOf = (word: string): string | null =>
  LANGUAGE.get(/^[\w+#-]{1,24}/.exec(word.trim().toLowerCase())?.[0] ?? "") ?? null;

/** The language of a file by its name. */
export function languageOfPath(path: string): string | null {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return LANGUAGE.get(name.slice(name.lastIndexOf(".") + 1)) ?? null;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };
const TAG = /<span class="([\w -]*)">|<\/span>/g;

/**
 * The highlighter's markup as lines of runs, so that nothing of it is ever parsed as HTML. It knows two tags and five
 * entities; whatever else stands there is text.
 */
export function markupLines(markup: string): Line[] {
  const lines: Run[][] = [[]];
  const looks: string[] = [];
  const put = (piece: string) => {
    const text = piece.replace(/&(amp|lt|gt|quot|#x27);/g, (_, entity: string) => ENTITIES[entity]!);
    text.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)!.push({ text: visible(part), look: looks.at(-1) ?? "" });
    });
  };
  let at = 0;
  for (const tag of markup.matchAll(TAG)) {
    put(markup.slice(at, tag.index));
    if (tag[1] === undefined) looks.pop();
    else looks.push(tag[1]);
    at = tag.index + tag[0].length;
  }
  put(markup.slice(at));
  return lines;
}

export type Numbered = {
  readonly code: string;
  /** The number of the first line. */
  readonly first: number;
  /** What the tool added after the file. */
  readonly rest: string;
};

const NUMBER = /^ {0,8}(\d{1,7})(?:→|\t)/;

/** A file as read tools give it, `12→` or `  12\t` before every line; null when the lines are not numbered so. */
export function stripNumbers(text: string): Numbered | null {
  const lines = text.split("\n");
  const first = Number(NUMBER.exec(lines[0]!)?.[1] ?? Number.NaN);
  if (Number.isNaN(first)) return null;
  let count = 0;
  const code: string[] = [];
  for (; count < lines.length; count++) {
    const found = NUMBER.exec(lines[count]!);
    if (!found || Number(found[1]) !== first + count) break;
    code.push(lines[count]!.slice(found[0].length));
  }
  return { code: code.join("\n"), first, rest: lines.slice(count).join("\n").trim() };
}
