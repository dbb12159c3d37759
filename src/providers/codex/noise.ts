/** The person's words told from what the tool puts into the user's mouth. */
import type { Image } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { imageOf, joinLines } from "../text.ts";

export type Told = {
  readonly prompt: string;
  readonly injected: string;
  readonly images: readonly Image[];
};

/** Blocks that wrap a whole text. Names with an underscore are taken for the tool's without being listed. */
const BLOCKS = new Set(["skill", "skills", "INSTRUCTIONS", "permissions", "app-context", "image", "developer"]);
/** An image's place in the text, around the image itself. */
const IMAGE_MARK = /^<\/?image\b[^>]*>$/;

/** True for a text that the tool wrote. A text inside a block is the tool's only if the block is all there is. */
export function isInjected(text: string): boolean {
  const head = text.slice(0, 200).trimStart();
  if (head.startsWith("# AGENTS.md instructions")) return true;
  const tag = /^<([A-Za-z][\w-]*)[ >]/.exec(head)?.[1];
  if (!tag || (!tag.includes("_") && !BLOCKS.has(tag))) return false;
  const tail = text.slice(-200).trimEnd();
  // "<permissions instructions>" ends with both words.
  return tail.endsWith(`</${tag}>`) || tail.endsWith(`</${tag} instructions>`);
}

const WRAPPER = /^\s*# (?:Context from my IDE setup|Files mentioned by the user):/;
const REQUEST = "## My request for Codex:";

/** The person's own words when an editor wrapped them in its context. */
export function unwrapped(text: string): string {
  if (!WRAPPER.test(text)) return text;
  const at = text.indexOf(REQUEST);
  return at < 0 ? text : text.slice(at + REQUEST.length).trim();
}

/** Sorts the items of a user message. `origin`: what newer versions say about each item themselves. */
export function tell(content: unknown, origin: Json | null): Told {
  if (typeof content === "string") return sorted([content], [isInjected(content)], []);
  const kinds = list(origin?.content_item_kinds);
  const sources = list(origin?.content_item_metadata);
  const texts: string[] = [];
  const marks: boolean[] = [];
  const images: Image[] = [];
  list(content).forEach((item, n) => {
    const fields = object(item);
    const image = imageOf(fields?.image_url);
    if (image) images.push(image);
    const text = word(fields?.text);
    if (text === undefined || IMAGE_MARK.test(text.trim())) return;
    texts.push(text);
    marks.push(byOrigin(kinds[n], object(sources[n])) ?? isInjected(text));
  });
  return sorted(texts, marks, images);
}

function sorted(texts: readonly string[], injected: readonly boolean[], images: readonly Image[]): Told {
  const of = (wanted: boolean) => texts.filter((_, n) => injected[n] === wanted);
  return { prompt: unwrapped(joinLines(of(false))), injected: joinLines(of(true)), images };
}

/** undefined when the record does not say. */
function byOrigin(kind: unknown, source: Json | null): boolean | undefined {
  const by = object(source?.provenance)?.type;
  if (by === "user" || (typeof kind === "string" && kind.startsWith("user"))) return false;
  return typeof by === "string" && typeof kind === "string" && kind !== "unknown" ? true : undefined;
}
