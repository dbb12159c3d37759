/** Lines that an agent might have written on a bad day: whole JSON with something wrong in it, or no JSON any more. */
import type { Random } from "../support/random.ts";

type Json = unknown;

const DEEP = 300;
const ODD: readonly (() => Json)[] = [
  () => null,
  () => "",
  () => 0,
  () => -1,
  () => 1e308,
  () => Number.MAX_SAFE_INTEGER,
  () => true,
  () => [],
  () => ({}),
  () => [[]],
  () => [null],
  () => [{}],
  () => "\u0000",
  () => "\ud800",
  () => "__proto__",
  () => "a".repeat(5000),
  () => "<command-name>",
  () => "*** Begin Patch\n*** Update File: a\n@@\n-x\n",
  () => "2026-13-45T99:99:99Z",
  () => "0001-01-01T00:00:00Z",
  () => `${"[".repeat(50)}${"]".repeat(50)}`,
  () => nested(DEEP),
  () => Array.from({ length: 2000 }, (_, n) => ({ type: "text", text: String(n) })),
];

function nested(depth: number): Json {
  let value: unknown = "deep";
  for (let n = 0; n < depth; n++) value = n % 2 === 0 ? [value] : { content: value };
  return value;
}

/** A line made worse; `other` is a line of the same agent to take pieces from. */
export function mutateLine(random: Random, line: string, other: string): string {
  const value = parse(line);
  if (value === undefined || random.next() < 0.1) return mutateText(random, line, other);
  let changed: unknown = value;
  for (let n = random.int(1, 4); n > 0; n--) changed = mutateValue(random, changed, parse(other));
  const text = JSON.stringify(changed) ?? "null";
  return random.next() < 0.03 ? mutateText(random, text, other) : text;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** One place of the value is changed. */
function mutateValue(random: Random, value: Json, other: Json): Json {
  const places = countPlaces(value);
  let left = random.int(0, places - 1);
  const visit = (inner: Json): Json => {
    if (left-- === 0) return change(random, inner, other);
    if (Array.isArray(inner)) return inner.map(visit);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, field]) => [key, visit(field)]));
  };
  return visit(value);
}

function countPlaces(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + countPlaces(inner), 1);
}

function change(random: Random, value: Json, other: Json): Json {
  const kind = random.int(0, 9);
  if (kind <= 2) return random.pick(ODD)();
  if (kind <= 4) return other === undefined ? random.pick(ODD)() : pieceOf(random, other);
  if (typeof value === "string") return changeText(random, value);
  if (typeof value === "number") return random.pick([-value, value * 1e9, value + 0.5, String(value), value - 1]);
  if (typeof value !== "object" || value === null) return random.pick(ODD)();
  return Array.isArray(value) ? changeList(random, value) : changeObject(random, value as Record<string, Json>, other);
}

function pieceOf(random: Random, value: Json): Json {
  let left = random.int(0, countPlaces(value) - 1);
  let found: Json = value;
  const visit = (inner: Json) => {
    if (left-- === 0) found = inner;
    if (left >= 0 && typeof inner === "object" && inner !== null) Object.values(inner).forEach(visit);
  };
  visit(value);
  return found;
}

function changeText(random: Random, text: string): Json {
  const at = random.int(0, text.length);
  return random.pick<() => Json>([
    () => text.slice(0, at),
    () => text.slice(at) + text,
    () => `${text.slice(0, at)}\u0000\u202e\n${text.slice(at)}`,
    () => text.replaceAll("a", "<"),
    () => [text],
    () => ({ text }),
    () => JSON.stringify({ a: text }),
  ])();
}

function changeList(random: Random, list: readonly Json[]): Json {
  return random.pick<() => Json>([
    () => list.slice(0, random.int(0, list.length)),
    () => [...list, ...list],
    () => list.toReversed(),
    () => Object.fromEntries(list.entries()),
    () => [...list, random.pick(ODD)()],
  ])();
}

function changeObject(random: Random, value: Record<string, Json>, other: Json): Json {
  const keys = Object.keys(value);
  const key = keys.length > 0 ? random.pick(keys) : "type";
  const { [key]: field, ...rest } = value;
  return random.pick<() => Json>([
    () => rest,
    () => ({ ...rest, [`${key}X`]: field }),
    () => Object.values(value),
    () => ({ ...value, ...(typeof other === "object" && other !== null && !Array.isArray(other) ? other : {}) }),
    () => ({ ...value, [random.pick(["type", "content", "id", "message", "payload", "constructor"])]: field }),
    () => ({ ...value, [random.pick(keys.length > 0 ? keys : ["type"])]: field }),
  ])();
}

/** The line's text is changed, as a torn write or another program would. */
function mutateText(random: Random, line: string, other: string): string {
  const at = random.int(0, line.length);
  return random.pick<() => string>([
    () => line.slice(0, at),
    () => line.slice(at),
    () => line + other,
    () => `${line}${line} ${other}`,
    () => `\u0000\u0000${line}\u0000`,
    () => `\ufeff${line}\r`,
    () => `${line.slice(0, at)}${"\u0000".repeat(20)}${line.slice(at)}`,
    () => line.slice(0, at) + other.slice(random.int(0, other.length)),
    () => "{".repeat(random.int(1, 3000)),
    () => `${'{"a":'.repeat(800)}1${"}".repeat(800)}`,
  ])();
}
