/**
 * What a person types into the search box, understood. The grammar is total: every text is a query, what is no operator is
 * a word, and nothing throws. Words are all to be found; `OR` joins its two neighbours, parentheses group, a minus denies.
 * Operators say which session or event; what a query mixes becomes *branches*, each of which is one expression for the
 * index and one set of filters.
 */
import { cut } from "./query-pieces.ts";
import type { Calendar } from "./query-dates.ts";
import { branchesOf, openTerm, termsOf } from "./query-branches.ts";
import type { Branch, Term } from "./query-branches.ts";
import { readTree } from "./query-tree.ts";
import { isStopWord } from "./stop-words.ts";
import type { Understood } from "./session.ts";

export type Query = {
  /** All words, phrases and prefixes in order, wherever they stand. */
  readonly terms: readonly Term[];
  /** What any one of must hold; none for a text that asks nothing. */
  readonly branches: readonly Branch[];
  /** The last word may not be finished: it is also looked for as a prefix, in a lower place. */
  readonly open: boolean;
  /** That word as it stands in its branch; null when `open` is false. */
  readonly unfinished: Term | null;
  /** Each piece in order, as it was understood. */
  readonly understood: readonly Understood[];
};

/** Characters that are read; longer texts are pasted by mistake. */
const QUERY_MAX = 2000;
/** Letters from which on an unfinished last word is looked for as a prefix; fewer match half the index. */
const OPEN_MIN = 3;

/** Understands `text`. Relative dates are relative to `now` (ms), days are days of `zone` (of this machine without it). Never throws. */
export function parseQuery(text: string, now: number, zone?: string): Query {
  const read = text.slice(0, QUERY_MAX);
  const calendar: Calendar = { now, zone };
  const { tree, understood } = readTree(cut(read), calendar);
  const terms = tree ? termsOf(tree) : [];
  const last = tree && openTerm(tree);
  const open = last?.kind === "word" && read.endsWith(last.text) && isLong(last.text);
  return { terms, branches: tree ? branchesOf(tree) : [], open, unfinished: open ? last : null, understood };
}

/** True when the query names something to look for in events, not only filters of sessions. */
export function hasWords(query: Query): boolean {
  return query.branches.some(({ match }) => match !== null);
}

/** Telling words and little words that make a question of a query. */
const TELLING_MIN = 4;
const LITTLE_MIN = 2;

/** Whether it is asked as one asks a person: bare words, little ones among them. That one event holds them all is chance. */
export function isQuestion(query: Query): boolean {
  if (query.branches.length !== 1 || query.terms.some(({ kind, negated }) => kind !== "word" || negated)) return false;
  const words = query.understood.filter(({ as }) => as === "word" || as === "ignored");
  const little = words.filter(({ text }) => isStopWord(text)).length;
  return little >= LITTLE_MIN && words.length - little >= TELLING_MIN;
}

/** The letters and digits at the very end of a text: what a prefix is the beginning of. */
export function lastToken(text: string): string {
  return /[\p{L}\p{N}_]+$/u.exec(text)?.[0] ?? "";
}

function isLong(text: string) {
  return lastToken(text).length >= OPEN_MIN;
}
