/**
 * Small changes to JSON that people write: every byte that is not part of the change stays, comments and all. A place is
 * found by the tree of jsonc-parser; what is written there follows the indentation and line ends that stand around it.
 */
import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { Fault } from "../domain/fault.ts";

/** A text and its tree; both begin behind the BOM, which is kept beside them. */
type Tree = { readonly bom: string; readonly text: string; readonly root: Node };

/** jsonc-parser's kinds of tokens (its enum is `const` and cannot be imported here). */
const TOKEN = { comma: 5, end: 17, lineComment: 12, blockComment: 13, newline: 14, blank: 15 } as const;

/** Adds `value` at the end of the list at `path`; lists and objects on the way are made. Throws Fault `invalid`. */
export function appendJson(text: string, path: readonly string[], value: unknown): string {
  const tree = treeOf(text);
  const there = findNodeAtLocation(tree.root, [...path]);
  if (!there) return tree.bom + insertBelow(tree, path, [value]);
  if (there.type !== "array") throw notA("list", path);
  return tree.bom + insert(tree, there, null, value);
}

/** Sets the value at `path`: in the place of the one that is there, else as the last of its object. Throws Fault `invalid`. */
export function putJson(text: string, path: readonly string[], value: unknown): string {
  const tree = treeOf(text);
  const there = findNodeAtLocation(tree.root, [...path]);
  if (!there) return tree.bom + insertBelow(tree, path, value);
  return tree.bom + tree.text.slice(0, there.offset) + JSON.stringify(value) + tree.text.slice(end(there));
}

/** With the objects on the way that are missing; the last of `path` is. */
function insertBelow(tree: Tree, path: readonly string[], value: unknown): string {
  const known = path.findIndex((_, depth) => !findNodeAtLocation(tree.root, path.slice(0, depth + 1)));
  const container = findNodeAtLocation(tree.root, path.slice(0, known)) ?? tree.root;
  if (container.type !== "object") throw notA("object", path.slice(0, known));
  const made = path.slice(known + 1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return insert(tree, container, path[known]!, made);
}

/**
 * Takes out every node that `isOurs` names, and then each list, object and property that held nothing else. null when the
 * text holds nothing more. Throws Fault `invalid`.
 */
export function takeJson(text: string, isOurs: (value: unknown, path: readonly string[]) => boolean): string | null {
  let rest = text;
  for (;;) {
    const tree = treeOf(rest);
    const found = firstOf(tree.root, [], isOurs);
    if (!found) return rest;
    rest = tree.bom + cut(tree, emptied(found));
    const { root, text: left } = treeOf(rest);
    if ((root.children ?? []).length === 0 && left.replace(/\s+/g, "") === "{}") return null;
  }
}

/** The value of a JSON text with comments. Throws Fault `invalid` that names the line. */
export function readJson(text: string): unknown {
  return valueOf(treeOf(text).root);
}

function treeOf(whole: string): Tree {
  const bom = whole.startsWith("\uFEFF") ? "\uFEFF" : "";
  const text = whole.slice(bom.length);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (root && !first) return { bom, text, root: distinct(root, text) };
  const line = text.slice(0, first?.offset ?? 0).split("\n").length;
  const reason = first ? printParseErrorCode(first.error) : "there is no value";
  throw new Fault("invalid", `Line ${line} cannot be read (${reason}).`, "Mend it, and try again.");
}

/** Of a key that is there twice every program takes another one. */
function distinct(node: Node, text: string): Node {
  const names = node.type === "object" ? (node.children ?? []).map((each) => String(each.children?.[0]?.value)) : [];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    const line = text.slice(0, node.offset).split("\n").length;
    const where = `${JSON.stringify(twice)} is there twice in the object of line ${line}.`;
    throw new Fault("invalid", where, "Mend it, and try again.");
  }
  for (const child of node.children ?? []) distinct(child, text);
  return node;
}

function notA(kind: string, path: readonly string[]): Fault {
  return new Fault("invalid", `${path.join(".") || "The file"} is no ${kind}.`, "Mend it, and try again.");
}

function valueOf(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(valueOf);
  if (node.type !== "object") return node.value as unknown;
  return Object.fromEntries((node.children ?? []).map((each) => [each.children?.[0]?.value, member(each)]));
}

function member(property: Node): unknown {
  const value = property.children?.[1];
  return value && valueOf(value);
}

function insert({ text }: Tree, container: Node, key: string | null, value: unknown): string {
  const style = styleOf(text, container);
  const body = (key === null ? "" : `${JSON.stringify(key)}:${style.gap}`) + printed(value, style);
  const last = container.children?.at(-1);
  const close = container.offset + container.length - 1;
  if (!last) {
    const inner = text.slice(container.offset + 1, close);
    const kept = inner.trimEnd();
    return `${text.slice(0, container.offset + 1)}${kept}${style.before}${body}${style.after}${text.slice(close)}`;
  }
  const comma = commaAfter(text, end(last));
  const at = container.offset + text.slice(container.offset, close).trimEnd().length;
  if (comma !== null) return `${text.slice(0, at)}${style.before}${body},${text.slice(at)}`;
  return `${text.slice(0, end(last))},${text.slice(end(last), at)}${style.before}${body}${text.slice(at)}`;
}

const end = ({ offset, length }: Node): number => offset + length;

/** How the value is written: over lines with an indentation, or on the line that is there. */
type Style = {
  readonly lines: boolean;
  readonly eol: string;
  readonly unit: string;
  readonly indent: string;
  readonly before: string;
  readonly after: string;
  readonly gap: string;
};

function styleOf(text: string, container: Node): Style {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const unit = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const inside = text.slice(container.offset, end(container));
  const first = container.children?.[0];
  const lines = inside.includes("\n") || (!first && (text.trim().includes("\n") || !container.parent));
  const outer = indentAt(text, container.offset);
  const indent =
    first && inside.slice(0, first.offset - container.offset).includes("\n")
      ? indentAt(text, first.offset)
      : outer + unit;
  const gap = text.includes('":') && !/":\s/.test(text) ? "" : " ";
  if (lines) return { lines, eol, unit, indent, before: eol + indent, after: eol + outer, gap: " " };
  return { lines, eol, unit, indent, before: first ? gap : "", after: "", gap };
}

function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)![0];
}

function printed(value: unknown, { lines, eol, unit, indent }: Style): string {
  return lines ? JSON.stringify(value, null, unit).replaceAll("\n", eol + indent) : JSON.stringify(value);
}

/** Where the comma stands that follows `offset`, past blanks and comments; null when something else follows. */
function commaAfter(text: string, offset: number): number | null {
  const scanner = createScanner(text, false);
  scanner.setPosition(offset);
  const trivia: readonly number[] = [TOKEN.lineComment, TOKEN.blockComment, TOKEN.newline, TOKEN.blank];
  let token: number = scanner.scan();
  while (trivia.includes(token)) token = scanner.scan();
  return token === TOKEN.comma ? scanner.getTokenOffset() : null;
}

type IsOurs = (value: unknown, path: readonly string[]) => boolean;

function firstOf(node: Node, path: readonly string[], isOurs: IsOurs): Node | null {
  if (isOurs(valueOf(node), path)) return node;
  const children =
    node.type === "object" ? (node.children ?? []).map((each) => each.children![1]!) : (node.children ?? []);
  for (const [index, child] of children.entries()) {
    const name = node.type === "object" ? String(node.children![index]!.children![0]!.value) : String(index);
    const found = firstOf(child, [...path, name], isOurs);
    if (found) return found;
  }
  return null;
}

/** The node itself, or the outermost one around it that holds nothing but it and what describes it. */
function emptied(node: Node): Node {
  const { parent } = node;
  // The outermost object stays: it may hold comments.
  if (!parent?.parent) return node;
  // A property goes with its value; a list's last element, or an object's last property, takes it along.
  if (parent.type === "property" || parent.children!.length === 1) return emptied(parent);
  return node;
}

/** The text without a child of a list or an object, and without the comma that it needs no more. */
function cut({ text }: Tree, node: Node): string {
  const siblings = node.parent?.children ?? [];
  const before = siblings[siblings.indexOf(node) - 1];
  const start = text.slice(0, node.offset).trimEnd().length;
  const after = text.slice(end(node));
  const follows = commaAfter(text, end(node));
  if (follows !== null) return text.slice(0, start) + text.slice(end(node), follows) + text.slice(follows + 1);
  if (!before) return text.slice(0, start) + (/[{[]$/.test(text.slice(0, start)) ? after.trimStart() : after);
  const comma = commaAfter(text, end(before))!;
  if (comma >= start) return text.slice(0, comma) + after;
  return text.slice(0, comma) + text.slice(comma + 1, start) + after;
}
