/** Cuts the text of a query into pieces: words, phrases, operators with their values, `OR`, parentheses. Never throws. */

/** One word, phrase or operator as it stands. `field`: the name before a colon, in lower case. `value` without quotes. */
export type Piece = {
  readonly kind: "piece";
  readonly raw: string;
  readonly negated: boolean;
  readonly field: string | null;
  readonly value: string;
  readonly quoted: boolean;
};

export type Token =
  | Piece
  | { readonly kind: "open"; readonly raw: string; readonly negated: boolean }
  | { readonly kind: "close"; readonly raw: string }
  | { readonly kind: "or"; readonly raw: string };

const QUOTES = '"“”„';
const BLANK = /[\s\p{Cc}]/u;
/** Deeper ones are read as if they were not there. */
const DEPTH_MAX = 20;

/** What every operator is called. */
export const FIELDS = [
  "agent", "project", "tool", "file", "branch", "device", "role", "before", "after", "is", "has", "tag", "session",
] as const; // prettier-ignore
export type Field = (typeof FIELDS)[number];

/** Whether a name is an operator's. */
export function isField(name: string): name is Field {
  return FIELDS.some((field) => field === name);
}

/** The pieces in order; what stands between them is blank. */
export function cut(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    if (BLANK.test(text[at]!)) {
      at++;
      continue;
    }
    const token = tokenAt(text, at, depth);
    if (token.kind === "open") depth++;
    if (token.kind === "close") depth--;
    tokens.push(token);
    at += token.raw.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number, depth: number): Token {
  const paren = depth < DEPTH_MAX ? /^-?\(/.exec(text.slice(at, at + 2))?.[0] : undefined;
  if (paren) return { kind: "open", raw: paren, negated: paren.length > 1 };
  if (depth > 0 && text[at] === ")") return { kind: "close", raw: ")" };
  const piece = pieceAt(text, at, depth);
  return piece.raw === "OR" ? { kind: "or", raw: "OR" } : piece;
}

function pieceAt(text: string, start: number, depth: number): Piece {
  // `--flag`, `->` and a lone `-` deny nothing.
  const negated = text[start] === "-" && /^[\p{L}\p{N}_"“„.@#]/u.test(text.slice(start + 1, start + 3));
  const from = negated ? start + 1 : start;
  const { field, at } = fieldAt(text, from);
  const { end, value, quoted } = QUOTES.includes(text[at] ?? " ") ? quotedAt(text, at) : bareAt(text, at, depth);
  return { kind: "piece", raw: text.slice(start, end), negated, field, value, quoted };
}

/** `name:` of an operator; of anything else (`http://`, `foo:bar`) the colon is part of the word. */
function fieldAt(text: string, from: number): { field: Field | null; at: number } {
  const name = /^([a-z]{1,10}):/i.exec(text.slice(from, from + 11))?.[1]?.toLowerCase();
  if (name === undefined || !isField(name)) return { field: null, at: from };
  return { field: name, at: from + name.length + 1 };
}

/** Without a closing quote the phrase goes on to the end: it is still being typed. */
function quotedAt(text: string, at: number) {
  let end = at + 1;
  while (end < text.length && !QUOTES.includes(text[end]!)) end++;
  return { end: Math.min(end + 1, text.length), value: text.slice(at + 1, end), quoted: true };
}

/** Up to a blank. In a group also up to the parenthesis that closes it: `(main() OR x)`. */
function bareAt(text: string, at: number, depth: number) {
  let end = at;
  for (let inside = 0; end < text.length && !BLANK.test(text[end]!); end++) {
    if (text[end] === "(") inside++;
    else if (text[end] === ")" && --inside < 0 && depth > 0) break;
  }
  return { end, value: text.slice(at, end), quoted: false };
}
