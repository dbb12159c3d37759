/**
 * Where a query's terms stand in a text, and the piece of it to show. Words are compared as the index compares them:
 * whatever their case, accents and the punctuation between them. Offsets and lengths are UTF-16 units.
 */
import type { Term } from "./query-branches.ts";
import type { Query } from "./query.ts";
import { symbolOf } from "./words.ts";

/** A place of a term; `term` is its number among the query's wanted terms, and one more for all of them as a phrase. */
export type Place = { readonly start: number; readonly length: number; readonly term: number };

export type Snippet = {
  readonly text: string;
  readonly ranges: readonly (readonly [start: number, length: number])[];
};

/** A term taken apart: its words, and whether the last one may go on. `inside` = CJK, found inside a run. */
type Needle = { readonly words: readonly string[]; readonly prefix: boolean };

/** Finds places of wanted terms in texts. */
export type Finder = {
  readonly terms: number;
  /** Places in order. With `loose` also where a word is only part of another (`texture` in `loadTexture`). */
  places(text: string, loose: boolean): Place[];
  /** All wanted words stand next to each other, in their order. */
  hasPhrase(text: string): boolean;
};

const SNIPPET_MAX = 240;
/** Units of a text that are searched. */
const SEARCHED_MAX = 1 << 19;
const PLACES_MAX = 200;

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** `alike`: what else may stand for a word that is misspelt. */
export function makeFinder(query: Query, alike: (word: string) => readonly string[] = () => []): Finder {
  const wanted = query.terms.filter((term) => !term.negated);
  const needles = wanted.map((term, i) => needleOf(term, query.open && i === wanted.length - 1));
  const spelt = wanted.map((term) =>
    alike(term.text).map((text) => needleOf({ kind: "word", text, negated: false }, false)),
  );
  const phrase = { words: needles.flatMap((needle) => needle.words), prefix: needles.at(-1)?.prefix ?? false };
  return {
    terms: needles.length,
    places(text, loose) {
      const folded = fold(text.slice(0, SEARCHED_MAX));
      const found = needles.flatMap((needle, term) => {
        const strict = findAll(folded, needle, true);
        const others = strict.length > 0 ? [] : spelt[term]!.flatMap((other) => findAll(folded, other, true));
        const sure = [...strict, ...others];
        const places = sure.length > 0 || !loose ? sure : findAll(folded, needle, false);
        return places.map(([start, length]) => ({ start, length, term }));
      });
      if (phrase.words.length > 1)
        for (const [start, length] of findAll(folded, phrase, true))
          found.push({ start, length, term: needles.length });
      return found.toSorted((a, b) => a.start - b.start || b.length - a.length);
    },
    hasPhrase: (text) => phrase.words.length > 1 && findAll(fold(text.slice(0, SEARCHED_MAX)), phrase, true).length > 0,
  };
}

function needleOf(term: Term, open: boolean): Needle {
  if (symbolOf(term.text) !== null) return { words: [term.text.toLowerCase()], prefix: false };
  const words = fold(term.text.normalize("NFC")).match(/[\p{L}\p{N}_]+/gu) ?? [];
  return { words: words.flatMap(splitScripts), prefix: term.kind === "prefix" || open };
}

/** `APIの` stands in the index as `API` and `の`. */
function splitScripts(word: string): string[] {
  if (!CJK.test(word)) return [word];
  return (
    word.match(
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]+/gu,
    ) ?? [word]
  );
}

/** Lower case without accents, unit by unit, so that offsets stay. The index folds Latin letters only, so do we. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  const even = lower.length === text.length ? lower : Array.from(text, foldUnit).join("");
  return even.replace(/[\u00c0-\u024f\u1e00-\u1eff]/g, foldUnit);
}

const folds = new Map<string, string>();

function foldUnit(unit: string): string {
  const known = folds.get(unit);
  if (known !== undefined) return known;
  const base = /[\u00c0-\u024f\u1e00-\u1eff]/.test(unit) ? unit.normalize("NFD")[0]!.toLowerCase() : unit.toLowerCase();
  const folded = base.length === unit.length ? base : unit;
  if (folds.size < 5000) folds.set(unit, folded);
  return folded;
}

function findAll(text: string, { words, prefix }: Needle, whole: boolean): [start: number, length: number][] {
  const found: [number, number][] = [];
  const [first] = words;
  if (first === undefined) return found;
  for (let at = text.indexOf(first); at >= 0 && found.length < PLACES_MAX; at = text.indexOf(first, at + 1)) {
    if (whole && joins(text, at - 1, at)) continue;
    const end = endOf(text, at, words, prefix || !whole);
    if (end > at) found.push([at, end - at]);
  }
  return found;
}

/** Where the words end that begin at `at`, -1 when they do not all stand there. */
function endOf(text: string, at: number, words: readonly string[], prefix: boolean): number {
  let end = at;
  for (const [i, word] of words.entries()) {
    if (i > 0) while (end < text.length && !isWord(text, end)) end++;
    if (!text.startsWith(word, end)) return -1;
    end += word.length;
    const last = i === words.length - 1;
    if (!(last && prefix) && joins(text, end - 1, end)) return -1;
  }
  return end;
}

/** Both units belong to one word of the index. */
function joins(text: string, before: number, after: number): boolean {
  if (before < 0 || after >= text.length || !isWord(text, before) || !isWord(text, after)) return false;
  return !CJK.test(text[before]!) && !CJK.test(text[after]!);
}

function isWord(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  if (c < 128) return (c >= 48 && c <= 57) || (c >= 97 && c <= 122) || c === 95 || (c >= 65 && c <= 90);
  return (c >= 0xd800 && c < 0xe000) || /[\p{L}\p{N}]/u.test(text[at]!);
}

/** Blanks and control characters that a snippet shows as one space. */
// oxlint-disable-next-line no-control-regex
const BLANKS = /[\0-\x20\x7f-\x9f]+/g;

/** The piece of `text` with the most different terms, at most 240 units, blanks and control characters as one space. */
export function snippetOf(text: string, places: readonly Place[]): Snippet {
  const { from, to } = frame(text, places);
  const lead = from > 0 ? "…" : "";
  const piece = text.slice(from, to);
  const taken: (readonly [at: number, units: number])[] = [];
  const shown = piece.replace(BLANKS, (blank, at: number) => {
    // Nothing begins with a blank.
    const kept = at === 0 && lead === "" ? "" : " ";
    if (blank.length > kept.length) taken.push([at, blank.length - kept.length]);
    return kept;
  });
  const moved = (at: number) =>
    at + lead.length - taken.reduce((sum, [start, units]) => sum + (start >= at ? 0 : Math.min(units, at - start)), 0);
  const inside = places.filter(({ start, length }) => start >= from && start + length <= to);
  const ranges = inside.map(({ start, length }) => {
    const at = moved(start - from);
    return [at, moved(start + length - from) - at] as const;
  });
  return { text: lead + shown + (to < text.length ? "…" : ""), ranges: apart(ranges) };
}

/** Where to cut: around the densest places, between words, never inside a surrogate pair. */
function frame(text: string, places: readonly Place[]): { from: number; to: number } {
  if (text.length <= SNIPPET_MAX) return { from: 0, to: text.length };
  const [start, end] = densest(places);
  const lead = Math.max(0, Math.floor((SNIPPET_MAX - (end - start)) / 3));
  let from = Math.max(0, Math.min(start - lead, text.length - SNIPPET_MAX));
  for (let i = 0; i < 20 && from > 0 && from < start && joins(text, from - 1, from); i++) from++;
  let to = Math.min(text.length, from + SNIPPET_MAX);
  for (let i = 0; i < 20 && to > end && joins(text, to - 1, to); i++) to--;
  if (isLowSurrogate(text, from)) from++;
  if (isLowSurrogate(text, to)) to--;
  return { from, to };
}

const isLowSurrogate = (text: string, at: number) => at < text.length && (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** The stretch of places within one snippet that holds the most terms, then the most places. */
function densest(places: readonly Place[]): readonly [start: number, end: number] {
  let best: readonly [number, number] = [0, 0];
  let most = 0;
  for (const [i, { start }] of places.entries()) {
    const terms = new Set<number>();
    let end = start;
    let count = 0;
    for (const place of places.slice(i, i + 32)) {
      if (place.start + place.length - start > SNIPPET_MAX * 0.8) break;
      terms.add(place.term);
      end = Math.max(end, place.start + place.length);
      count++;
    }
    const worth = terms.size * 100 + count;
    if (worth > most) [most, best] = [worth, [start, end]];
  }
  return best;
}

/** Without overlaps. */
function apart(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const kept: (readonly [number, number])[] = [];
  for (const range of ranges) {
    const last = kept.at(-1);
    if (range[1] > 0 && (!last || range[0] >= last[0] + last[1])) kept.push(range);
  }
  return kept;
}
