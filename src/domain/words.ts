/**
 * From a text to the words the index holds. SQLite's unicode61 (with `_`) cuts words at everything that is no letter or
 * digit, which alone finds neither `texture` in `loadTexture` nor 索 in 検索機能. So we emit, besides the text, the parts
 * of identifiers, and write CJK runs as overlapping pairs: 検索機能 → `検索 索機 機能 能`. The last character stands alone,
 * so that pairs of two runs never look adjacent, and one character is found as a prefix.
 */
import type { Part } from "./provider.ts";

/** Grows when the same text gives other words; shards of an older emitter are built again. */
export const EMITTER = 2;

/** Begins a term that no text can hold: U+E000 counts as a letter, and is taken out of texts and queries. */
export const MARK = "\uE000";

/** Characters of a text that are indexed in full; of what stands between, every distinct word once. */
const HEAD = 8192;
const TAIL = 2048;
/** Characters of distinct words kept of one text's middle. */
const MIDDLE = 1 << 20;
/** A run this long in the alphabet of base64 holds no words (images, signatures, minified data). */
const BLOB = 256;

/**
 * The text under which a part is found: what was said, the tool, its input's values, its output, its paths. Capped at 8 KiB
 * and 2 KiB of each text in full, then what `takeApart` gives as terms; "" when the part is not to be found (injected by the tool, or unknown). Never throws.
 */
export function searchText(part: Part): string {
  if (part.injected === true || part.kind === "unknown") return "";
  const pieces: string[] = [];
  if (part.text) pieces.push(cap(part.text));
  if (part.tool) pieces.push(part.tool);
  if (part.input !== undefined) pieces.push(cap(strings(part.input).join("\n")));
  if (part.output) pieces.push(cap(part.output));
  const said = pieces.join("\n");
  const clean = said.includes(MARK) ? said.replaceAll(MARK, " ") : said;
  const all = part.form?.paths ?? [];
  const unsaid = all.filter((path) => !clean.includes(path));
  const marks = [...all.slice(0, PATHS_MAX).map((path) => `f${path}`), ...symbolsIn(clean).map((name) => `x${name}`)];
  return [clean, ...unsaid].join("\n") + marks.map((one) => MARK + one.replaceAll(MARK, " ")).join("");
}

/** Paths of one event that `file:` finds it by, and words of each, from its end. */
const PATHS_MAX = 50;
const PATH_WORDS = 8;

/** The last words of a path, by which `file:` finds it: what stands between them is a gap. */
export function pathWords(path: string): string[] {
  return (path.normalize("NFC").match(/[\p{L}\p{N}_]+/gu) ?? []).slice(-PATH_WORDS);
}

/** Names that are told from one letter by their punctuation only. */
const SYMBOLS: Readonly<Record<string, string>> = { "c++": "cpp", "g++": "gpp", "c#": "csharp", "f#": "fsharp" };
const SYMBOL = /(?<![\p{L}\p{N}_])(?:[cCgG]\+\+|[cCfF]#)(?![\p{L}\p{N}_+#])/gu;

/** `C++`, `C#`: under which word the index has it; null for any other word. */
export function symbolOf(word: string): string | null {
  return SYMBOLS[word.toLowerCase()] ?? null;
}

/** The symbols a text names, once each. */
export function symbolsIn(text: string): string[] {
  if (!text.includes("++") && !text.includes("#")) return [];
  return [...new Set(text.match(SYMBOL)?.flatMap((found) => symbolOf(found) ?? []) ?? [])];
}

/** What `searchText` says, apart: the text, and the terms that `emit` marks. */
export function takeApart(searchable: string): { readonly text: string; readonly terms: readonly string[] } {
  const at = searchable.indexOf(MARK);
  if (at < 0) return { text: searchable, terms: [] };
  const terms = searchable
    .slice(at + 1)
    .split(MARK)
    .flatMap(termsOfMark);
  return { text: searchable.slice(0, at), terms };
}

/** The empty term keeps the words of two paths apart. */
function termsOfMark(mark: string): string[] {
  if (!mark.startsWith("f")) return [mark];
  const words = pathWords(mark.slice(1)).map((word) => `f${word}`);
  return words.length === 0 ? [] : [...words, ""];
}

/** All strings and numbers inside a JSON value, in order. JSON inside a string is read too. */
export function strings(value: unknown, depth = 0): string[] {
  if (typeof value === "string") return depth < 2 ? insideString(value, depth) : [value];
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null || depth > 32) return [];
  return Object.values(value).flatMap((inner) => strings(inner, depth + 1));
}

/** Some agents write arguments as JSON in a string: undecoded, `\tloadTex` would become the word tloadtex. */
function insideString(text: string, depth: number): string[] {
  const first = text.charCodeAt(0);
  if (first !== 0x7b && first !== 0x5b) return [text];
  try {
    return strings(JSON.parse(text), depth + 2);
  } catch {
    return [text];
  }
}

function cap(text: string): string {
  const clean = text.length < BLOB ? text : withoutBlobs(text);
  if (clean.length <= HEAD + TAIL) return clean;
  const from = wordEnd(clean, HEAD);
  const to = Math.max(from, wordEnd(clean, clean.length - TAIL));
  return [clean.slice(0, from), ...distinctWords(clean, from, to), clean.slice(to)].join(" ");
}

/** Moves `at` to the end of the word it stands in, at most 64 characters on. */
function wordEnd(text: string, at: number): number {
  for (let end = at; end < at + 64; end++) if (classOf(text.charCodeAt(end)) === GAP) return end;
  return at;
}

function distinctWords(text: string, from: number, to: number): Set<string> {
  const words = new Set<string>();
  let kept = 0;
  for (let at = from; at < to; at++) {
    if (classOf(text.charCodeAt(at)) === GAP) continue;
    const start = at;
    while (at < to && classOf(text.charCodeAt(at)) !== GAP) at++;
    const size = words.size;
    words.add(text.slice(start, at));
    if (words.size > size) kept += at - start + 1;
    if (kept > MIDDLE) break;
  }
  return words;
}

/** Looks at every 256th character only: a run that long can not hide between two of them. */
function withoutBlobs(text: string): string {
  let kept = "";
  let from = 0;
  for (let at = BLOB - 1; at < text.length; at += BLOB) {
    if (BASE64[text.charCodeAt(at)] !== 1) continue;
    let start = at;
    let end = at + 1;
    while (start > from && BASE64[text.charCodeAt(start - 1)] === 1) start--;
    while (end < text.length && BASE64[text.charCodeAt(end)] === 1) end++;
    if (end - start >= BLOB) {
      kept += `${text.slice(from, start)} `;
      from = end;
    }
    at = Math.max(at, end - 1 - ((end - 1 - at) % BLOB));
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** What goes into the index for a text: the text itself, `terms` (each marked), and the parts of its identifiers. */
export function emit(text: string, terms: readonly string[] = []): string {
  const clean = plain(text);
  const { identifiers, cjk } = scan(clean);
  const shown = (cjk ? pairs(clean, true) : clean) + marked(terms);
  return identifiers.size === 0 ? shown : `${shown} ${[...identifiers].join(" ")}`;
}

/** How `emit` writes terms. */
export function marked(terms: readonly string[]): string {
  return terms.length === 0 ? "" : ` ${MARK}${terms.join(` ${MARK}`)}`;
}

/** The words to look for, written as `emit` writes them: the last CJK run may go on in the text. */
export function emitQuery(text: string): string {
  return pairs(plain(text), false);
}

/** Composed, and without the letter that marks terms. Lone surrogates and NULs are the binding's business: both are gaps. */
function plain(text: string): string {
  let clean = text;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c < 0x300) continue;
    if (c === 0xe000) clean = text.replaceAll(MARK, " ");
    if (c < 0x370 || c === 0x3099 || c === 0x309a || (c >= 0x1100 && c < 0x1200)) return clean.normalize("NFC");
  }
  return clean;
}

export const GAP = 0;
export const LOWER = 1;
export const UPPER = 2;
const DIGIT = 3;
export const UNDERSCORE = 4;
const CJK = 5;

/** The classes of ASCII's characters. */
export const ASCII = new Uint8Array(128);
for (let c = 48; c <= 57; c++) ASCII[c] = DIGIT;
for (let c = 65; c <= 90; c++) ASCII[c] = UPPER;
for (let c = 97; c <= 122; c++) ASCII[c] = LOWER;
ASCII[95] = UNDERSCORE;
const BASE64 = new Uint8Array(128);
for (let c = 0; c < 128; c++) if (ASCII[c] !== GAP || c === 43 || c === 45 || c === 47 || c === 61) BASE64[c] = 1;

/** Beyond ASCII every other letter counts as lower case, and general punctuation as a gap. */
function classOf(c: number): number {
  if (c < 128) return ASCII[c]!;
  if (c < 0x2000) return c < 0xaa ? GAP : LOWER;
  if (c < 0x2070) return GAP;
  return isCjk(c) ? CJK : c !== c || (c >= 0x3000 && c <= 0x303f) || (c >= 0xff00 && c < 0xff10) ? GAP : LOWER;
}

/** Scripts written without spaces, and Hangul, whose words carry endings. Beyond the BMP: the surrogates of planes 2 and 3. */
function isCjk(c: number): boolean {
  return (
    (c >= 0x3005 && c <= 0x3007) ||
    (c >= 0x3041 && c <= 0x30ff && c !== 0x30fb && c !== 0x30a0) ||
    (c >= 0x3400 && c <= 0x9fff) ||
    (c >= 0xac00 && c <= 0xd7a3) ||
    (c >= 0xf900 && c <= 0xfaff) ||
    (c >= 0xd840 && c <= 0xd8ff)
  );
}

/** The parts of all identifiers (`loadTexture`, `snake_case`, `HTTPServer`), once each, and whether there is CJK. */
function scan(text: string): { identifiers: Set<string>; cjk: boolean } {
  const identifiers = new Set<string>();
  let cjk = false;
  let start = -1;
  let seams = false;
  let before = GAP;
  for (let at = 0; at <= text.length; at++) {
    const here = at < text.length ? classOf(text.charCodeAt(at)) : GAP;
    if (here === GAP || here === CJK) {
      if (here === CJK) cjk = true;
      if (seams) addParts(identifiers, text, start, at);
      start = -1;
      seams = false;
    } else if (start < 0) {
      start = at;
      seams = here === UNDERSCORE;
    } else if (here === UNDERSCORE || (here === UPPER && before !== UPPER)) seams = true;
    else if (here === LOWER && before === UPPER && at > start + 1) seams = true;
    before = here;
  }
  return { identifiers, cjk };
}

/** Cuts at `_`, before a capital that follows a small letter, and before the last capital of `HTTPServer`'s first four. */
function addParts(parts: Set<string>, text: string, from: number, to: number) {
  let start = from;
  for (let at = from; at <= to; at++) {
    const here = at < to ? ASCII[text.charCodeAt(at)] : GAP;
    const before = at > from ? ASCII[text.charCodeAt(at - 1)] : GAP;
    const next = at + 1 < to ? ASCII[text.charCodeAt(at + 1)] : GAP;
    const cut = at === to || here === UNDERSCORE || (here === UPPER && (before !== UPPER || next === LOWER));
    if (!cut) continue;
    // One letter alone says nothing; the whole identifier is in the text already.
    if (at - start > 1 && at - start < to - from) parts.add(text.slice(start, at).toLowerCase());
    start = here === UNDERSCORE ? at + 1 : at;
  }
}

/** Writes each CJK run as pairs; its last character follows alone, but not (`closed` false) where the query ends in it. */
function pairs(text: string, closed: boolean): string {
  let written = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (!isCjk(text.charCodeAt(at))) continue;
    const end = runEnd(text, at);
    const run = Array.from(text.slice(at, end));
    const two = run.slice(1).map((character, i) => run[i]! + character);
    if (closed || end < text.length || run.length === 1) two.push(run.at(-1)!);
    written += `${text.slice(from, at)} ${two.join(" ")} `;
    from = end;
    at = end - 1;
  }
  return from === 0 ? text : written + text.slice(from);
}

function runEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isCjk(text.charCodeAt(end)))
    end += text.charCodeAt(end) >= 0xd840 && text.charCodeAt(end) <= 0xd8ff ? 2 : 1;
  return Math.min(end, text.length);
}
