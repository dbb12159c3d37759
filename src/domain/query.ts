/**
 * What a person types into the search box, understood. Every text is a query: what is no operator is a word, and nothing
 * throws. Words are all to be found; `"a phrase"`, `-not`, `prefix*`, `agent:` `project:` `before:` `after:` (values may be
 * quoted; `-agent:` too). OR, parentheses and further operators are to come: today they are words like any others.
 */
import type { Understood } from "./session.ts";

/** One thing to look for. `text` is as typed, without quotes, minus and star; it holds at least one letter or digit. */
export type Term = { readonly kind: "word" | "phrase" | "prefix"; readonly text: string; readonly negated: boolean };

/** Any of `include` (all when empty), none of `exclude`. */
export type Names = { readonly include: readonly string[]; readonly exclude: readonly string[] };

export type Query = {
  readonly terms: readonly Term[];
  readonly agent: Names;
  readonly project: Names;
  /** Milliseconds UTC: at or after, before. */
  readonly since: number | null;
  readonly until: number | null;
  /** The last word may not be finished: it is also looked for as a prefix, in a lower place. */
  readonly open: boolean;
  /** Each piece in order, as it was understood. */
  readonly understood: readonly Understood[];
};

/** Characters that are read; longer texts are pasted by mistake. */
const QUERY_MAX = 2000;
/** Every further word costs a list to read; these many are looked for, of wanted and of unwanted ones each. */
const TERMS_MAX = 8;
/** Letters from which on an unfinished last word is looked for as a prefix; fewer match half the index. */
const OPEN_MIN = 3;

const WORD = /[\p{L}\p{N}_]/u;
const QUOTES = '"“”„';

type Piece = {
  readonly raw: string;
  readonly negated: boolean;
  readonly field: string | null;
  readonly value: string;
  readonly quoted: boolean;
};

type Draft = {
  terms: Term[];
  agent: { include: string[]; exclude: string[] };
  project: { include: string[]; exclude: string[] };
  since: number | null;
  until: number | null;
  understood: Understood[];
};

/** Understands `text`; relative dates are relative to `now` (ms), days are days of this machine. Never throws. */
export function parseQuery(text: string, now: number): Query {
  const read = text.slice(0, QUERY_MAX);
  const draft: Draft = {
    terms: [],
    agent: { include: [], exclude: [] },
    project: { include: [], exclude: [] },
    since: null,
    until: null,
    understood: [],
  };
  const pieces = cut(read);
  for (const piece of pieces) understand(draft, piece, now);
  const last = draft.terms.at(-1);
  const open =
    last?.kind === "word" &&
    !last.negated &&
    pieces.at(-1)?.raw === last.text &&
    read.endsWith(last.text) &&
    isLong(last.text);
  return { ...draft, open };
}

/** True when the query names words to look for, not only filters. */
export function hasWords(query: Query): boolean {
  return query.terms.some((term) => !term.negated);
}

/** The letters and digits at the very end of a text: what a prefix is the beginning of. */
export function lastToken(text: string): string {
  return /[\p{L}\p{N}_]+$/u.exec(text)?.[0] ?? "";
}

function isLong(text: string) {
  return lastToken(text).length >= OPEN_MIN;
}

/** Cuts at blanks and control characters, but not inside quotes. */
function cut(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    if (/[\s\p{Cc}]/u.test(text[at]!)) at++;
    else {
      const piece = pieceAt(text, at);
      pieces.push(piece);
      at += piece.raw.length;
    }
  }
  return pieces;
}

function pieceAt(text: string, start: number): Piece {
  // `--flag`, `->` and a lone `-` deny nothing.
  const negated = text[start] === "-" && /^[\p{L}\p{N}_"“„]/u.test(text.slice(start + 1, start + 3));
  const from = negated ? start + 1 : start;
  const { field, at } = fieldAt(text, from);
  const { end, value, quoted } = QUOTES.includes(text[at] ?? " ") ? quotedAt(text, at) : bareAt(text, at);
  return { raw: text.slice(start, end), negated, field, value, quoted };
}

/** `name:` of an operator, or of what could be one (`foo:bar`, but neither `http://` nor `C:\`). */
function fieldAt(text: string, from: number): { field: string | null; at: number } {
  const name = /^([a-z_]{1,20}):/i.exec(text.slice(from, from + 21))?.[1]?.toLowerCase();
  if (name === undefined) return { field: null, at: from };
  const at = from + name.length + 1;
  return isField(name) || /^[\p{L}\p{N}_"“„]/u.test(text.slice(at, at + 2))
    ? { field: name, at }
    : { field: null, at: from };
}

/** Without a closing quote the phrase goes on to the end: it is still being typed. */
function quotedAt(text: string, at: number) {
  let end = at + 1;
  while (end < text.length && !QUOTES.includes(text[end]!)) end++;
  return { end: Math.min(end + 1, text.length), value: text.slice(at + 1, end), quoted: true };
}

function bareAt(text: string, at: number) {
  let end = at;
  while (end < text.length && !/[\s\p{Cc}]/u.test(text[end]!)) end++;
  return { end, value: text.slice(at, end), quoted: false };
}

const FIELDS = ["agent", "project", "before", "after"] as const;
type Field = (typeof FIELDS)[number];
const isField = (name: string): name is Field => FIELDS.some((field) => field === name);

function understand(draft: Draft, piece: Piece, now: number) {
  const { field } = piece;
  if (field === null) return addTerm(draft, piece);
  if (!isField(field)) return addBoth(draft, piece);
  const note = (as: Understood["as"]) => draft.understood.push({ text: piece.raw, as, field, ...negation(piece) });
  if (piece.value.trim() === "") return void note("ignored");
  if (field === "agent" || field === "project") {
    const names = piece.quoted ? [piece.value] : piece.value.split(",").filter(Boolean);
    draft[field][piece.negated ? "exclude" : "include"].push(
      ...(field === "agent" ? names.map((name) => name.toLowerCase()) : names),
    );
    return void note("filter");
  }
  const at = moment(piece.value.trim(), now);
  // What is no date was not meant as one.
  if (at === null) return addBoth(draft, piece);
  const since = (field === "after") !== piece.negated;
  if (since) draft.since = Math.max(draft.since ?? -Infinity, at);
  else draft.until = Math.min(draft.until ?? Infinity, at);
  note("filter");
}

/** Both sides of the colon are words; denied they are one phrase, for denying both would deny too much. */
function addBoth(draft: Draft, piece: Piece) {
  const { raw, value, negated, quoted } = piece;
  const name = raw.slice(negated ? 1 : 0, raw.indexOf(":"));
  if (negated) return addTerm(draft, { ...piece, value: `${name} ${value}`, quoted: true });
  addTerm(draft, { ...piece, raw: name, value: name, quoted: false });
  addTerm(draft, { ...piece, raw: quoted ? raw.slice(name.length + 1) : value, value, quoted });
}

function addTerm(draft: Draft, piece: Piece) {
  const { raw, negated } = piece;
  const term = termOf(piece);
  const full = draft.terms.filter((other) => other.negated === negated).length >= TERMS_MAX;
  if (term && !full) draft.terms.push(term);
  draft.understood.push({ text: raw, as: term && !full ? term.kind : "ignored", ...negation(piece) });
}

/** null when there is nothing to look for in it: punctuation, emoji. */
function termOf({ value, quoted, negated }: Piece): Term | null {
  if (!WORD.test(value)) return null;
  if (quoted) return { kind: "phrase", text: value, negated };
  const stem = value.replace(/\*+$/, "");
  const starred = stem.length < value.length && lastToken(stem).length >= 2;
  return { kind: starred ? "prefix" : "word", text: stem, negated };
}

const negation = (piece: Piece) => (piece.negated ? { negated: true } : {});

const UNITS = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/** `2026`, `2026-05`, `2026-05-01`, `2026-05-01T12:30`, `3h`, `7d`, `2w`, `6m` (months), `1y`, `today`, `yesterday`; else null. */
function moment(value: string, now: number): number | null {
  const ago = /^(\d{1,5})(h|d|w|mo?|y)$/i.exec(value);
  if (ago) return before(now, Number(ago[1]), ago[2]!.toLowerCase());
  const date = new Date(now);
  const day = (back: number) => new Date(date.getFullYear(), date.getMonth(), date.getDate() - back).getTime();
  if (/^today$/i.test(value)) return day(0);
  if (/^yesterday$/i.test(value)) return day(1);
  const parts = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2}):(\d{2})(?::(\d{2}))?(Z)?)?)?)?$/i.exec(value);
  return parts && calendar(parts);
}

function before(now: number, count: number, unit: string): number | null {
  if (unit === "h" || unit === "d" || unit === "w") return now - count * UNITS[unit];
  const date = new Date(now);
  if (unit === "y") date.setFullYear(date.getFullYear() - count);
  else date.setMonth(date.getMonth() - count);
  return Number.isNaN(date.getTime()) ? null : date.getTime();
}

/** null for a day that no calendar has. */
function calendar(parts: RegExpExecArray): number | null {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => (part ? Number(part) : undefined));
  const utc = parts[7] !== undefined;
  const ms = utc
    ? Date.UTC(year, month - 1, day, hour, minute, second)
    : new Date(year, month - 1, day, hour, minute, second).getTime();
  const date = new Date(ms);
  const same = utc
    ? date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    : date.getMonth() === month - 1 && date.getDate() === day;
  return same && hour < 24 && minute < 60 && second < 60 ? ms : null;
}
