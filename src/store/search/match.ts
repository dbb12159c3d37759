/** A query's terms as an FTS5 expression. Every text goes in quotes: no character of a query is syntax. */
import type { Query, Term } from "../../domain/query.ts";
import { lastToken } from "../../domain/query.ts";
import { emitQuery } from "../../domain/words.ts";

/** How strictly: all terms as typed; all, the last word as a prefix; or any of them. */
export type Mode = "words" | "prefix" | "any";

/** `ranked`: bm25 is worth its price. It reads the whole list of every word, a prefix of two letters has too many. */
export type Match = { readonly expression: string; readonly ranked: boolean };

/** null when the mode says nothing that a stricter one does not say. */
export function matchOf(query: Query, mode: Mode): Match | null {
  const wanted = query.terms.filter((term) => !term.negated);
  const unwanted = query.terms.filter((term) => term.negated);
  if (wanted.length === 0 || (mode === "prefix" && !query.open) || (mode === "any" && wanted.length < 2)) return null;
  const texts = wanted.map((term, i) =>
    textOf(mode === "prefix" && i === wanted.length - 1 ? { ...term, kind: "prefix" } : term),
  );
  const all = texts.join(mode === "any" ? " OR " : " AND ");
  const none = unwanted.map(textOf).join(" OR ");
  return { expression: none ? `(${all}) NOT (${none})` : all, ranked: !wanted.some(isShortPrefix) };
}

/** The wanted words as one phrase, in their order; null when that is not more than the words themselves. */
export function phraseOf(query: Query): string | null {
  const wanted = query.terms.filter((term) => !term.negated);
  if (wanted.length < 2 || wanted.some((term) => term.kind !== "word")) return null;
  return textOf({ kind: "phrase", text: wanted.map((term) => term.text).join(" "), negated: false });
}

function textOf(term: Term): string {
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
