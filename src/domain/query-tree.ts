/** From pieces to a tree of claims, with how each piece was understood. Never throws: what says nothing is ignored by name. */
import { KINDS, ROLES, ROLE_OF } from "./event.ts";
import type { Kind } from "./event.ts";
import type { DateLeaf, EventLeaf, SessionField, SessionLeaf, Term, Tree } from "./query-branches.ts";
import { moment } from "./query-dates.ts";
import type { Calendar } from "./query-dates.ts";
import { isField } from "./query-pieces.ts";
import type { Field, Piece, Token } from "./query-pieces.ts";
import { isStopWord } from "./stop-words.ts";
import type { Understood } from "./session.ts";

/** Every further word costs a list to read; these many are looked for, of wanted and of unwanted ones each. */
const TERMS_MAX = 8;
/** Values of one operator, and operators of one query. */
const VALUES_MAX = 20;
const FILTERS_MAX = 20;

const WORD = /[\p{L}\p{N}_]/u;

/** What `is:` may be. */
export const IS = ["live", "working", "waiting", "idle", "ended", "pinned", "unread", "subagent"] as const;
const HAS: Readonly<Record<string, string>> = {
  error: "error",
  errors: "error",
  image: "image",
  images: "image",
  change: "changes",
  changes: "changes",
};

type Noted = { -readonly [K in keyof Understood]: Understood[K] };

type Reading = {
  readonly tokens: readonly Token[];
  readonly calendar: Calendar;
  readonly understood: Noted[];
  /** Words that carry no meaning are left out: there are more words than are looked for. */
  readonly terse: boolean;
  at: number;
  wanted: number;
  unwanted: number;
  filters: number;
};

/** The tree, null when nothing is asked. */
export function readTree(
  tokens: readonly Token[],
  calendar: Calendar,
): { tree: Tree | null; understood: readonly Understood[] } {
  const reading: Reading = {
    tokens,
    calendar,
    understood: [],
    terse: isWordy(tokens),
    at: 0,
    wanted: 0,
    unwanted: 0,
    filters: 0,
  };
  const tree = readGroup(reading, false, false);
  return { tree, understood: reading.understood };
}

function isWordy(tokens: readonly Token[]): boolean {
  const words = tokens.filter((token) => token.kind === "piece" && token.field === null && WORD.test(token.value));
  return words.length > TERMS_MAX && words.some((token) => !isStopWord(token.raw));
}

/** Up to the parenthesis that closes the group, or the end: a group that is not closed is still being typed. */
function readGroup(reading: Reading, inside: boolean, denied: boolean): Tree | null {
  const nodes: Tree[] = [];
  /** The operand just read stands last in `nodes`: only then can OR join it. */
  let joinable = false;
  let or: Noted | null = null;
  for (let token = reading.tokens[reading.at]; token; token = reading.tokens[reading.at]) {
    if (token.kind === "close") {
      reading.at++;
      reading.understood.push({ text: token.raw, as: inside ? "group" : "ignored" });
      if (inside) break;
      continue;
    }
    if (token.kind === "or") {
      reading.at++;
      const noted: Noted = { text: token.raw, as: "ignored" };
      reading.understood.push(noted);
      or = joinable ? noted : null;
      continue;
    }
    if (joinable && !or && isAnd(reading)) {
      reading.at++;
      reading.understood.push({ text: token.raw, as: "and" });
      continue;
    }
    const node = readOperand(reading, token, denied);
    if (node && or) {
      or.as = "or";
      nodes.push(joined(nodes.pop()!, node));
    } else if (node) nodes.push(node);
    // A word that is ignored does not come between OR and its neighbour.
    if (node) [joinable, or] = [true, null];
    else if (!or) joinable = false;
  }
  return nodes.length > 1 ? { kind: "and", nodes } : (nodes[0] ?? null);
}

/** People write AND between words, though a blank says it; elsewhere it is a word as any other. */
function isAnd({ tokens, at }: Reading): boolean {
  const [token, next] = [tokens[at], tokens[at + 1]];
  return token?.kind === "piece" && token.raw === "AND" && (next?.kind === "piece" || next?.kind === "open");
}

function joined(left: Tree, right: Tree): Tree {
  return { kind: "or", nodes: [...(left.kind === "or" ? left.nodes : [left]), right] };
}

function readOperand(reading: Reading, token: Exclude<Token, { kind: "or" | "close" }>, denied: boolean): Tree | null {
  reading.at++;
  if (token.kind === "piece") return readPiece(reading, token, denied !== token.negated);
  const noted: Noted = { text: token.raw, as: "group", ...(token.negated ? { negated: true } : {}) };
  reading.understood.push(noted);
  const node = readGroup(reading, true, denied !== token.negated);
  if (!node) noted.as = "ignored";
  return node && token.negated ? { kind: "not", node } : node;
}

function readPiece(reading: Reading, piece: Piece, denied: boolean): Tree | null {
  const { field, raw, value, negated } = piece;
  const sign = negated ? { negated } : {};
  if (field === null || !isField(field)) return readTerm(reading, piece, denied);
  if (value.trim() === "" || reading.filters === FILTERS_MAX) {
    reading.understood.push({ text: raw, as: "ignored", field, ...sign });
    return null;
  }
  const leaves = claims(field, piece, reading.calendar);
  // What is no date, role or state was not meant as one.
  if (!leaves) return readTerm(reading, { ...piece, value: `${field}:${value}` }, denied);
  reading.filters++;
  const [first] = leaves;
  const means = first?.kind === "date" ? { means: new Date((first.since ?? first.until)!).toISOString() } : {};
  reading.understood.push({ text: raw, as: "filter", field, ...sign, ...means });
  const nodes = leaves.map((leaf): Tree => ({ kind: "leaf", leaf }));
  const node: Tree = nodes.length === 1 ? nodes[0]! : { kind: "or", nodes };
  return negated ? { kind: "not", node } : node;
}

/** What an operator with a value claims: any of these. null: that is no value of it. */
function claims(
  field: Field,
  piece: Piece,
  calendar: Calendar,
): readonly (EventLeaf | SessionLeaf | DateLeaf)[] | null {
  const values = valuesOf(piece);
  if (values.length === 0) return null;
  if (field === "before" || field === "after") return dateOf(field, piece.value.trim(), calendar);
  if (field === "role") return roleOf(values);
  if (field === "file" || field === "tool") {
    // A path of punctuation only names nothing.
    const named = values.filter((value) => field === "tool" || WORD.test(value));
    return named.length > 0 ? [{ kind: field, values: named }] : null;
  }
  if (field === "is") {
    const states = values.map((value) => value.toLowerCase());
    const known = states.every((state) => IS.some((one) => one === state));
    return known ? states.map((state) => session(field, [state])) : null;
  }
  if (field === "has") {
    const whats = values.flatMap((value) => HAS[value.toLowerCase()] ?? []);
    return whats.length === values.length ? [session(field, whats)] : null;
  }
  return [session(field, field === "agent" ? values.map((value) => value.toLowerCase()) : values)];
}

const session = (field: SessionField, values: readonly string[]): SessionLeaf => ({
  kind: "session",
  field,
  values,
  negated: false,
});

function valuesOf({ field, value, quoted }: Piece): string[] {
  const whole = quoted || field === "file" || field === "before" || field === "after";
  const values = whole ? [value.trim()] : value.split(",").map((one) => one.trim());
  return values.filter(Boolean).slice(0, VALUES_MAX);
}

function dateOf(field: "before" | "after", value: string, calendar: Calendar): [DateLeaf] | null {
  const at = moment(value, calendar);
  if (at === null || Number.isNaN(at)) return null;
  return [{ kind: "date", since: field === "after" ? at : null, until: field === "before" ? at : null }];
}

/** Roles as the API names them, and kinds. */
function roleOf(values: readonly string[]): [EventLeaf] | null {
  const kinds = values.map((value) => {
    const name = value.toLowerCase();
    if (ROLES.some((role) => role === name)) return KINDS.filter((kind) => ROLE_OF[kind] === name);
    return KINDS.filter((kind) => kind === name);
  });
  if (kinds.some((some) => some.length === 0)) return null;
  return [{ kind: "role", kinds: [...new Set<Kind>(kinds.flat())] }];
}

function readTerm(reading: Reading, piece: Piece, denied: boolean): Tree | null {
  const { raw, negated } = piece;
  const term = termOf(piece);
  const used = denied ? reading.unwanted : reading.wanted;
  const dull = reading.terse && !denied && term?.kind === "word" && isStopWord(term.text);
  const taken = term !== null && used < TERMS_MAX && !dull;
  reading.understood.push({ text: raw, as: taken ? term.kind : "ignored", ...(negated ? { negated } : {}) });
  if (!taken) return null;
  if (denied) reading.unwanted++;
  else reading.wanted++;
  const node: Tree = { kind: "leaf", leaf: { kind: "term", term } };
  return negated ? { kind: "not", node } : node;
}

/** null when there is nothing to look for in it: punctuation, emoji. */
function termOf({ value, quoted }: Piece): Term | null {
  if (!WORD.test(value)) return null;
  if (quoted) return { kind: "phrase", text: value, negated: false };
  const stem = value.replace(/\*+$/, "");
  const starred = stem.length < value.length && (/[\p{L}\p{N}_]+$/u.exec(stem)?.[0] ?? "").length >= 2;
  return { kind: starred || isHash(stem) ? "prefix" : "word", text: stem, negated: false };
}

/** The beginning of a commit's or an id's hash: people copy as much of it as their tool shows. */
const isHash = (text: string) => /^(?=.*\d)(?=.*[a-f])[0-9a-f]{6,39}$/i.test(text);
