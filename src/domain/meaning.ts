/** Search by meaning, the pure part: which queries have one, which pieces of a text, and how two lists become one. */
import type { Match } from "./query-branches.ts";
import type { Query } from "./query.ts";

/** A piece of an event's text; `start` in UTF-16 units. */
export type Passage = { readonly start: number; readonly text: string };

/** Some 300 tokens: small models read no more than 512. */
const PASSAGE_MAX = 1200;
/** Pieces of one event; what stands further back is found by its words. */
const PASSAGES_MAX = 8;
/** "yes", "go on", "done": they are near to everything. */
const LETTERS_MIN = 12;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const LETTERS_PER_CJK = 3;

/** The pieces of a text that are worth a vector, cut where a paragraph, a line, a sentence or a word ends. */
export function passagesOf(text: string): Passage[] {
  const found: Passage[] = [];
  for (let start = 0; start < text.length && found.length < PASSAGES_MAX;) {
    const end = endOf(text, start);
    const piece = text.slice(start, end);
    if (saysSomething(piece)) found.push({ start, text: piece });
    start = end;
  }
  return found;
}

function endOf(text: string, start: number): number {
  const most = start + PASSAGE_MAX;
  if (most >= text.length) return text.length;
  const window = text.slice(start, most);
  for (const mark of ["\n\n", "\n", ". ", " "]) {
    const at = window.lastIndexOf(mark);
    if (at > PASSAGE_MAX / 2) return start + at + mark.length;
  }
  // Not between the two halves of one character.
  const unit = text.charCodeAt(most - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? most - 1 : most;
}

function saysSomething(text: string): boolean {
  const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  const cjk = text.match(CJK)?.length ?? 0;
  return letters + (LETTERS_PER_CJK - 1) * cjk >= LETTERS_MIN;
}

/**
 * What of a query is asked by its meaning: its words, as they were typed. null when it asks for exactly something (a phrase,
 * a prefix, a denial, OR, a tool, a file, a role), which nothing that is merely near would answer.
 */
export function meaningOf(query: Query): string | null {
  const [branch, ...others] = query.branches;
  if (others.length > 0 || !branch?.match || !isPlain(branch.match)) return null;
  if (query.terms.some(({ kind, negated }) => kind !== "word" || negated)) return null;
  const words = query.understood.filter(({ as, field }) => field === undefined && (as === "word" || as === "ignored"));
  return words.map(({ text }) => text).join(" ");
}

function isPlain(match: Match): boolean {
  if (match.kind === "leaf") return match.leaf.kind === "term";
  return match.kind === "and" && match.nodes.every(isPlain);
}

/** What reciprocal rank fusion adds to each rank, as in the paper that named it; the more, the less the first ranks count. */
const RANK_BASE = 60;

/** Both lists as one, by reciprocal ranks; of equals, who stands in the first list, and there further in front. */
export function fuse(first: readonly number[], second: readonly number[]): number[] {
  const worth = new Map<number, number>();
  for (const list of [first, second])
    for (const [rank, item] of list.entries()) worth.set(item, (worth.get(item) ?? 0) + 1 / (RANK_BASE + rank + 1));
  // Stable: the map holds the first list's items in their order, then those that only the second has.
  return [...worth.keys()].toSorted((a, b) => worth.get(b)! - worth.get(a)!);
}
