/** What all records share, and the parts that more than one kind of record gives. */
import type { Image, Part, Parsed } from "../../domain/provider.ts";
import { type Json, list, millis, object, word } from "../json.ts";

/** A record that says nothing to a person. */
export const NOTHING: Parsed = { parts: [] };

/** Places a record's parts may have; blocks after them are not shown. */
export const PLACES = 1023;

/** Place, key and time of one of a record's parts. The part at 0 has the record's own key, so that marks can name it. */
export function stamp(record: Json, index = 0): Pick<Part, "index" | "key" | "at"> {
  // Every part has it: of a thousand parts a long one would be a thousand copies.
  const uuid = idOf(record.uuid);
  const key = uuid === undefined || index === 0 ? uuid : `${uuid}:${index}`;
  return { index, key, at: millis(record.timestamp) };
}

/** Ids are 36 characters, paths at most 4,096: what is much longer is none, and must not stand in a state. */
const ID_MAX = 200;
const PATH_MAX = 4096;

/** The value as an id that a state can keep; undefined for what is too long to be one. */
export function idOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= ID_MAX ? value : undefined;
}

/** The value as a path or a branch; undefined for what is too long to be one. */
export function pathOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= PATH_MAX ? value : undefined;
}

/** A record of a sub-agent inside its parent's transcript (until 2.0). Those with an agentId stand in a file of their own. */
export function isInlineSidechain(record: Json): boolean {
  return record.isSidechain === true && typeof record.agentId !== "string";
}

/** A notice with `text`; no part when there is none. */
export function notice(record: Json, text: string | undefined, more: Partial<Part> = {}): Parsed {
  if (text === undefined || text.trim() === "") return NOTHING;
  return { parts: [{ ...stamp(record), kind: "notice", text, ...more }] };
}

/** A record whose meaning is not known: its JSON is the input. */
export function unknown(record: Json): Parsed {
  const names = [word(record.type), word(record.subtype)].filter((name) => name !== undefined);
  const text = word(names.join(": "))?.slice(0, 200);
  return { parts: [{ ...stamp(record), kind: "unknown", text, input: record }] };
}

/** The pictures and documents (PDF) among content blocks; undefined when there are none. */
export function images(blocks: readonly unknown[]): readonly Image[] | undefined {
  let found: Image[] | undefined;
  for (const value of blocks) {
    const block = object(value);
    if (block?.type !== "image" && block?.type !== "document") continue;
    const source = object(block.source);
    // A document may be plain text too: that is no file.
    if (typeof source?.data === "string" && source.type !== "text")
      (found ??= []).push({ mediaType: word(source.media_type) ?? "", data: source.data });
  }
  return found;
}

/** The texts among content blocks, and a word for what stands there beside text and pictures. */
export function texts(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  const found: string[] = [];
  for (const value of list(content)) {
    const text = textOf(object(value));
    if (text !== undefined) found.push(text);
  }
  return found;
}

function textOf(block: Json | null): string | undefined {
  if (typeof block?.text === "string" && block.type !== "tool_result") return block.text;
  if (block?.type === "document") return `[document${typeof block.title === "string" ? `: ${block.title}` : ""}]`;
  if (block?.type === "tool_reference") return word(block.tool_name);
  return undefined;
}
