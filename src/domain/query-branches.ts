/**
 * From the tree of a query to branches. The index knows events, the archive knows sessions: so a tree in which both are
 * mixed is cut into alternatives, each with one expression about events and one list of filters on sessions.
 */
import type { Kind } from "./event.ts";

/** One thing to look for. `text` is as typed, without quotes, minus and star; it holds at least one letter or digit. */
export type Term = { readonly kind: "word" | "phrase" | "prefix"; readonly text: string; readonly negated: boolean };

/** A claim about one event. `values`: any of them; a trailing `*` is a prefix. */
export type EventLeaf =
  | { readonly kind: "term"; readonly term: Term }
  | { readonly kind: "tool" | "file"; readonly values: readonly string[] }
  | { readonly kind: "role"; readonly kinds: readonly Kind[] };

/** A claim about a session, by the operator's name. */
export type SessionField = "agent" | "project" | "branch" | "device" | "is" | "has" | "tag" | "session";
export type SessionLeaf = {
  readonly kind: "session";
  readonly field: SessionField;
  readonly values: readonly string[];
  readonly negated: boolean;
};

/** When an event was: `since` ≤ t < `until`, ms. */
export type DateLeaf = { readonly kind: "date"; readonly since: number | null; readonly until: number | null };

export type Tree =
  | { readonly kind: "leaf"; readonly leaf: EventLeaf | SessionLeaf | DateLeaf }
  | { readonly kind: "and" | "or"; readonly nodes: readonly Tree[] }
  | { readonly kind: "not"; readonly node: Tree };

/** A tree about events only. */
export type Match =
  | { readonly kind: "leaf"; readonly leaf: EventLeaf }
  | { readonly kind: "and" | "or"; readonly nodes: readonly Match[] }
  | { readonly kind: "not"; readonly node: Match };

/** `match` null: every event. `since` and `until` in ms, null open. */
export type Branch = {
  readonly match: Match | null;
  readonly filters: readonly SessionLeaf[];
  readonly since: number | null;
  readonly until: number | null;
};

/** Alternatives that one query may come to; each costs a walk. */
const BRANCHES_MAX = 8;
const EVERYTHING: Branch = { match: null, filters: [], since: null, until: null };

/** The alternatives, at most eight. Words that are only denied are left out: they say of hardly any session that it is not. */
export function branchesOf(tree: Tree): Branch[] {
  return split(tree).map(withoutMereDenial).filter(asks);
}

/** All terms in the order they were typed; those under a denial are `negated`. */
export function termsOf(tree: Tree, denied = false): Term[] {
  if (tree.kind === "not") return termsOf(tree.node, !denied);
  if (tree.kind !== "leaf") return tree.nodes.flatMap((node) => termsOf(node, denied));
  return tree.leaf.kind === "term" ? [{ ...tree.leaf.term, negated: denied }] : [];
}

/** The term that was typed last, when nothing stands after it; null when something does, or it is in a denial. */
export function openTerm(tree: Tree): Term | null {
  if (tree.kind === "not") return null;
  if (tree.kind === "leaf") return tree.leaf.kind === "term" ? tree.leaf.term : null;
  const last = tree.nodes.at(-1);
  return last ? openTerm(last) : null;
}

/** Whether the tree claims something that is there, and does not only deny. */
export function isPositive(match: Match): boolean {
  if (match.kind === "leaf") return true;
  if (match.kind === "not") return !isPositive(match.node);
  return match.kind === "and" ? match.nodes.some(isPositive) : match.nodes.every(isPositive);
}

function withoutMereDenial(branch: Branch): Branch {
  return branch.match && !isPositive(branch.match) ? { ...branch, match: null } : branch;
}

function asks({ match, filters, since, until }: Branch): boolean {
  return match !== null || filters.length > 0 || since !== null || until !== null;
}

function split(tree: Tree): Branch[] {
  const match = asMatch(tree);
  if (match) return [{ ...EVERYTHING, match }];
  if (tree.kind === "leaf") return [leafBranch(tree.leaf)];
  if (tree.kind === "not") return split(denied(tree.node));
  if (tree.kind === "and") return tree.nodes.map(split).reduce(cross, [EVERYTHING]);
  return unite(tree.nodes);
}

/** What is about events alone stays one branch: the index is better at `OR` than a walk for each. */
function unite(nodes: readonly Tree[]): Branch[] {
  const matches = nodes.flatMap((node) => asMatch(node) ?? []);
  const events = matches.length > 0 ? [{ ...EVERYTHING, match: join("or", matches) }] : [];
  const others = nodes.filter((node) => !asMatch(node)).flatMap(split);
  return [...events, ...others].reduce(addBranch, []).slice(0, BRANCHES_MAX);
}

/** `agent:a OR agent:b` is one filter of two values. */
function addBranch(branches: Branch[], branch: Branch): Branch[] {
  const [filter] = branch.filters;
  const at = branches.findIndex(
    (other) => isBare(branch) && isBare(other) && other.filters[0]!.field === filter!.field,
  );
  if (at < 0) return [...branches, branch];
  const values = [...branches[at]!.filters[0]!.values, ...filter!.values];
  return branches.with(at, { ...EVERYTHING, filters: [{ ...filter!, values }] });
}

/** `is` has claims of several kinds: they do not add up to one. */
const isBare = ({ match, filters, since, until }: Branch) =>
  match === null &&
  since === null &&
  until === null &&
  filters.length === 1 &&
  !filters[0]!.negated &&
  filters[0]!.field !== "is";

function cross(left: readonly Branch[], right: readonly Branch[]): Branch[] {
  return left.flatMap((one) => right.map((other) => both(one, other))).slice(0, BRANCHES_MAX);
}

function both(one: Branch, other: Branch): Branch {
  const later = [one.since, other.since].filter((at) => at !== null);
  const earlier = [one.until, other.until].filter((at) => at !== null);
  return {
    match: one.match && other.match ? join("and", [one.match, other.match]) : (one.match ?? other.match),
    filters: [...one.filters, ...other.filters],
    since: later.length > 0 ? Math.max(...later) : null,
    until: earlier.length > 0 ? Math.min(...earlier) : null,
  };
}

function leafBranch(leaf: EventLeaf | SessionLeaf | DateLeaf): Branch {
  if (leaf.kind === "session") return { ...EVERYTHING, filters: [leaf] };
  if (leaf.kind === "date") return { ...EVERYTHING, since: leaf.since, until: leaf.until };
  return { ...EVERYTHING, match: { kind: "leaf", leaf } };
}

/** The denial of a tree, moved inwards until it stands at what a branch can deny. */
function denied(tree: Tree): Tree {
  if (tree.kind === "not") return tree.node;
  if (tree.kind === "leaf") return deniedLeaf(tree.leaf);
  const nodes = tree.nodes.map((node): Tree => (asMatch(node) ? { kind: "not", node } : denied(node)));
  return { kind: tree.kind === "and" ? "or" : "and", nodes };
}

function deniedLeaf(leaf: EventLeaf | SessionLeaf | DateLeaf): Tree {
  if (leaf.kind === "session") return { kind: "leaf", leaf: { ...leaf, negated: !leaf.negated } };
  if (leaf.kind !== "date") return { kind: "not", node: { kind: "leaf", leaf } };
  // A leaf has one end: what is not before is after.
  return { kind: "leaf", leaf: { kind: "date", since: leaf.until, until: leaf.since } };
}

/** The tree itself when it is about events only, else null. */
function asMatch(tree: Tree): Match | null {
  if (tree.kind === "leaf") {
    const { leaf } = tree;
    return leaf.kind === "session" || leaf.kind === "date" ? null : { kind: "leaf", leaf };
  }
  if (tree.kind === "not") {
    const node = asMatch(tree.node);
    return node && { kind: "not", node };
  }
  const nodes = tree.nodes.map(asMatch);
  return nodes.every((node) => node !== null) ? { kind: tree.kind, nodes } : null;
}

function join(kind: "and" | "or", matches: readonly Match[]): Match {
  const flat = matches.flatMap((match) => (match.kind === kind ? match.nodes : [match]));
  return flat.length === 1 ? flat[0]! : { kind, nodes: flat };
}
