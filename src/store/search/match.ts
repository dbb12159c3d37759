/** What a branch of a query claims of events, as an FTS5 expression. Every text goes in quotes: no character is syntax. */
import { KINDS } from "../../domain/event.ts";
import { isPositive } from "../../domain/query-branches.ts";
import type { EventLeaf, Match as Claim, Term } from "../../domain/query-branches.ts";
import { lastToken } from "../../domain/query.ts";
import type { Query } from "../../domain/query.ts";
import { isStopWord } from "../../domain/stop-words.ts";
import { MARK, emitQuery, pathWords, symbolOf } from "../../domain/words.ts";

/**
 * How strictly: all terms as typed; all, the last word as a prefix; all but words that say nothing; all, each also as what
 * is spelt alike; any of them.
 */
export const MODES = ["words", "prefix", "loose", "spelling", "any"] as const;
export type Mode = (typeof MODES)[number];

/** `ranked`: bm25 is worth its price. It reads the whole list of every word; frequent marks and short prefixes have too many. */
export type Match = { readonly expression: string; readonly ranked: boolean };

/** What only the databases know. */
export type Lookup = {
  /** Row numbers of the tools that these names mean. */
  tools(names: readonly string[]): readonly number[];
  /** Words of the index that are spelt like this one; [] when it is there itself, or nothing is near. */
  alike(word: string): readonly string[];
};

type Rendering = {
  readonly lookup: Lookup;
  readonly term: (term: Term) => string;
};

/** No tool has this number: what never matches. */
const NOTHING = mark("t0");
/** Every event has its kind. */
const EVERYTHING = `(${KINDS.map((_, kind) => mark(`k${kind}`)).join(" OR ")})`;

/**
 * The expressions of a mode: one, but of `any` one for each word, so that words of one session count wherever they stand.
 * None when the mode says nothing that a stricter one does not say. `claim` is that of one of the query's branches.
 */
export function matchesOf(query: Query, claim: Claim, mode: Mode, lookup: Lookup): Match[] {
  const spelt = mode === "spelling" ? speltTerms(claim, lookup) : NOT_SPELT;
  if (mode === "spelling" && spelt.size === 0) return [];
  const last = mode === "prefix" ? query.unfinished : null;
  const term = (one: Term) => spelt.get(one) ?? textOf(one === last ? { ...one, kind: "prefix" } : one);
  return loosen(query, claim, mode).map((looser) => ({
    expression: render(looser, { lookup, term }),
    ranked: isWordsOnly(looser) && !wantedTerms(looser).some(isShortPrefix),
  }));
}

const NOT_SPELT: ReadonlyMap<Term, string> = new Map();

function speltTerms(claim: Claim, lookup: Lookup): Map<Term, string> {
  const spelt = new Map<Term, string>();
  for (const term of wantedTerms(claim)) {
    const alike = term.kind === "word" ? lookup.alike(term.text) : [];
    if (alike.length > 0) spelt.set(term, `(${[textOf(term), ...alike.map((word) => `"${word}"`)].join(" OR ")})`);
  }
  return spelt;
}

/** The wanted words as one phrase, in their order; null when that is not more than the words themselves. */
export function phraseOf(query: Query): string | null {
  const [branch, ...others] = query.branches;
  const wanted = query.terms.filter((term) => !term.negated);
  if (others.length > 0 || !branch?.match || hasOr(branch.match)) return null;
  if (wanted.length < 2 || wanted.some((term) => term.kind !== "word")) return null;
  return textOf({ kind: "phrase", text: wanted.map((term) => term.text).join(" "), negated: false });
}

/** Terms that are looked for, not denied, in order. */
export function wantedTerms(claim: Claim): Term[] {
  if (claim.kind === "leaf") return claim.leaf.kind === "term" ? [claim.leaf.term] : [];
  return claim.kind === "not" ? [] : claim.nodes.flatMap(wantedTerms);
}

function loosen(query: Query, claim: Claim, mode: Mode): Claim[] {
  if (mode === "words") return [claim];
  const wanted = wantedTerms(claim);
  if (mode === "prefix") return wanted.some((term) => term === query.unfinished) ? [claim] : [];
  if (mode === "spelling") return wanted.length > 0 ? [claim] : [];
  const telling = wanted.filter((term) => term.kind !== "word" || !isStopWord(term.text));
  if (wanted.length < 2 || telling.length === 0) return [];
  const nodes = conjuncts(claim);
  const kept = nodes.filter((node) => wantedTerms(node).length === 0);
  if (mode === "any")
    return longestFirst(telling).map((term) => and([{ kind: "leaf", leaf: { kind: "term", term } }, ...kept]));
  const said = nodes.filter((node) => wantedTerms(node).length > 0);
  const less = said.filter((node) => wantedTerms(node).some((term) => telling.includes(term)));
  return less.length < said.length ? [and([...less, ...kept])] : [];
}

/** A long word tells more than a short one, and a walk may end after the first few. */
const longestFirst = (terms: readonly Term[]) => terms.toSorted((a, b) => b.text.length - a.text.length);

const conjuncts = (claim: Claim): readonly Claim[] => (claim.kind === "and" ? claim.nodes : [claim]);
const and = (nodes: readonly Claim[]): Claim => (nodes.length === 1 ? nodes[0]! : { kind: "and", nodes });

function hasOr(claim: Claim): boolean {
  if (claim.kind === "leaf") return false;
  return claim.kind === "not" ? hasOr(claim.node) : claim.kind === "or" || claim.nodes.some(hasOr);
}

function isWordsOnly(claim: Claim): boolean {
  if (claim.kind === "leaf") return claim.leaf.kind === "term";
  // What stands under a denial ranks nothing; but what only denies is taken from everything.
  return claim.kind === "not" ? isPositive(claim.node) : isPositive(claim) && claim.nodes.every(isWordsOnly);
}

function render(claim: Claim, how: Rendering): string {
  if (claim.kind === "leaf") return leafText(claim.leaf, how);
  if (claim.kind === "not") return `(${EVERYTHING} NOT ${render(claim.node, how)})`;
  if (claim.kind === "or") return `(${claim.nodes.map((node) => render(node, how)).join(" OR ")})`;
  const wanted = claim.nodes.filter((node) => node.kind !== "not").map((node) => render(node, how));
  const unwanted = claim.nodes.flatMap((node) => (node.kind === "not" ? [render(node.node, how)] : []));
  const all = wanted.length > 0 ? wanted.join(" AND ") : EVERYTHING;
  return unwanted.length > 0 ? `((${all}) NOT (${unwanted.join(" OR ")}))` : `(${all})`;
}

function leafText(leaf: EventLeaf, { lookup, term }: Rendering): string {
  if (leaf.kind === "term") return term(leaf.term);
  if (leaf.kind === "role") return anyOf(leaf.kinds.map((kind) => mark(`k${KINDS.indexOf(kind)}`)));
  if (leaf.kind === "tool") return anyOf(lookup.tools(leaf.values).map((tool) => mark(`t${tool}`)));
  return anyOf(leaf.values.map(fileText));
}

const anyOf = (texts: readonly string[]) => (texts.length === 0 ? NOTHING : `(${texts.join(" OR ")})`);

function mark(term: string): string {
  return `"${MARK}${term}"`;
}

/** The words of a path next to each other; one bare word is the beginning of a name: `file:auth` finds authService.ts. */
function fileText(value: string): string {
  const words = pathWords(value);
  if (words.length === 0) return NOTHING;
  const open = value.endsWith("*") || (words.length === 1 && /^[\p{L}\p{N}_]+$/u.test(value));
  return `"${words.map((word) => `${MARK}f${word}`).join(" ")}"${open ? "*" : ""}`;
}

function textOf(term: Term): string {
  const symbol = term.kind === "word" ? symbolOf(term.text) : null;
  if (symbol !== null) return mark(`x${symbol}`);
  const text = `"${emitQuery(term.text).replace(/["\0]/g, " ")}"`;
  return term.kind === "prefix" || endsInOneCjk(term.text) ? `${text}*` : text;
}

function isShortPrefix(term: Term) {
  return term.kind === "prefix" && lastToken(term.text).length === 2;
}

/** CJK is held in pairs: one character alone is the beginning of them. */
function endsInOneCjk(text: string): boolean {
  const pieces = emitQuery(text).trim().split(/\s+/);
  const last = pieces.at(-1) ?? "";
  return (
    [...last].length === 1 && /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(last)
  );
}
