/** Small changes to TOML that people write: where a top-level key and the elements of its list stand, to the byte. */

/** A key above all tables: its line's beginning, and its value. Offsets in the text, UTF-16. */
export type TopKey = {
  readonly key: string;
  /** Of the line. */
  readonly start: number;
  readonly value: number;
  /** Behind the value. */
  readonly end: number;
};

/** The keys before the first table, in order; of a text that can be parsed. Dotted keys as they are written. */
export function topKeys(text: string): readonly TopKey[] {
  const keys: TopKey[] = [];
  for (let at = text.startsWith("\uFEFF") ? 1 : 0; ;) {
    at = skipBlank(text, at);
    if (at >= text.length || text[at] === "[") return keys;
    const equals = skipUntil(text, at, /[=]/);
    const value = equals + 1 + /^[ \t]*/.exec(text.slice(equals + 1))![0].length;
    const end = valueEnd(text, value);
    keys.push({ key: nameOf(text.slice(at, equals)), start: text.lastIndexOf("\n", at) + 1, value, end });
    at = end;
  }
}

/** The head of a table: its dotted name's parts, its line's beginning, and what is behind that line. Offsets as above. */
export type TableHead = { readonly path: readonly string[]; readonly start: number; readonly body: number };

/** The heads of all tables, in order; of a text that can be parsed. */
export function tableHeads(text: string): readonly TableHead[] {
  const heads: TableHead[] = [];
  for (let at = text.startsWith("\uFEFF") ? 1 : 0; ;) {
    at = skipBlank(text, at);
    if (at >= text.length) return heads;
    if (text[at] === "[") {
      const close = headEnd(text, at);
      const body = Math.min(text.length, lineEnd(text, close) + 1);
      heads.push({ path: pathOf(text.slice(at, close)), start: text.lastIndexOf("\n", at) + 1, body });
      at = body;
    } else at = valueEnd(text, skipUntil(text, at, /[=]/) + 1 + blanksAt(text, skipUntil(text, at, /[=]/) + 1));
  }
}

const blanksAt = (text: string, at: number): number => /^[ \t]*/.exec(text.slice(at, at + 1000))![0].length;

function headEnd(text: string, at: number): number {
  const close = skipUntil(text, at, /\]/) + 1;
  return text[close] === "]" ? close + 1 : close;
}

/** The parser says what the parts are, quotes and all. */
function pathOf(head: string): readonly string[] {
  const parts: string[] = [];
  let value: unknown = Bun.TOML.parse(head);
  while (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    const inner: unknown = Array.isArray(value) ? value[0] : value;
    const [entry] = Object.entries(inner as object);
    if (!entry) break;
    parts.push(entry[0]);
    value = entry[1];
  }
  return parts;
}

/** Where the elements of a list begin and end, in order; `text[open]` is its bracket. */
export function elementsOf(text: string, open: number): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (let at = open + 1; ;) {
    at = skipBlank(text, at);
    if (at >= text.length || text[at] === "]") return found;
    if (text[at] === ",") {
      at++;
      continue;
    }
    const end = elementEnd(text, at);
    found.push({ start: at, end });
    at = end;
  }
}

/** A text as a basic string, quotes and all. */
export function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll("\u007F", "\\u007F");
}

function nameOf(written: string): string {
  return written.trim().replace(/^(["'])([^"'\\]*)\1$/, "$2");
}

/** Past blanks, line ends and comments. */
function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    if (/\s/.test(text[at]!)) at++;
    else if (text[at] === "#") at = lineEnd(text, at);
    else break;
  }
  return at;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** The first character that fits, outside quotes. */
function skipUntil(text: string, from: number, wanted: RegExp): number {
  let at = from;
  while (at < text.length && !wanted.test(text[at]!)) at = isQuote(text[at]!) ? stringEnd(text, at) : at + 1;
  return at;
}

const isQuote = (char: string): boolean => char === '"' || char === "'";

/** Behind a top-level value: where its line, or its comment, begins to end. */
function valueEnd(text: string, from: number): number {
  const end =
    "[{".includes(text[from] ?? " ") || isQuote(text[from] ?? " ")
      ? elementEnd(text, from)
      : skipUntil(text, from, /[#\r\n]/);
  return from + text.slice(from, end).trimEnd().length;
}

function elementEnd(text: string, from: number): number {
  if (isQuote(text[from]!)) return stringEnd(text, from);
  if (!"[{".includes(text[from]!)) return skipUntil(text, from, /[\s,\]}#]/);
  let [at, depth] = [from, 0];
  do {
    const char = text[at]!;
    if ("[{".includes(char)) depth++;
    if ("]}".includes(char)) depth--;
    if (char === "#") at = lineEnd(text, at);
    else at = isQuote(char) ? stringEnd(text, at) : at + 1;
  } while (depth > 0 && at < text.length);
  return at;
}

/** Behind a string of any of the four kinds. */
function stringEnd(text: string, from: number): number {
  const quote = text[from]!;
  const fence = text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
  let at = from + fence.length;
  while (at < text.length && !text.startsWith(fence, at)) at += quote === '"' && text[at] === "\\" ? 2 : 1;
  at += fence.length;
  // Up to two quotes may stand before the closing three.
  while (fence.length === 3 && text[at] === quote) at++;
  return Math.min(at, text.length);
}
