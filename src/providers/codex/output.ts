/** What a tool gave back: a string, a list of items, or JSON inside a string, by version and tool. */
import type { Image } from "../../domain/provider.ts";
import { type Json, count, list, object, word } from "../json.ts";
import { imageOf, joinLines, terminal } from "../text.ts";

export type Output = {
  readonly text: string;
  readonly images: readonly Image[];
  readonly exitCode?: number;
  readonly durationMs?: number;
  readonly failed: boolean;
};

/** Failures that have no exit code in a header: the tool's first words. */
const FAILED =
  /^(?:Wall time: [\d.]+ seconds\n)?(?:unsupported call|apply_patch verification failed|failed (?:to|in sandbox) |tool call (?:error|failed)|execution error|exec_command failed|write_stdin failed|aborted|error: |Error: |Script failed)/;

/** Reads any output. Never throws. */
export function readOutput(output: unknown): Output {
  if (typeof output === "string") return fromText(output);
  if (Array.isArray(output)) return fromItems(output);
  const fields = object(output);
  if (!fields) return { text: "", images: [], failed: false };
  const body = fields.content ?? fields.content_items ?? fields.output ?? fields.body;
  const inner = typeof body === "string" ? fromText(body) : fromItems(list(body));
  return fields.success === false || fields.isError === true ? { ...inner, failed: true } : inner;
}

function fromText(text: string): Output {
  const packed = text.startsWith('{"output":') || text.startsWith("[{") ? parsed(text) : undefined;
  const items = list(packed);
  if (items.length > 0 && items.every((item) => typeof object(item)?.text === "string")) return fromItems(items);
  const fields = object(packed);
  if (typeof fields?.output === "string") return withMetadata(fields.output, object(fields.metadata));
  return finished(text, []);
}

/** The form of 2025: `{"output": …, "metadata": {"exit_code", "duration_seconds"}}`, itself a string. */
function withMetadata(text: string, metadata: Json | null): Output {
  const exit = metadata?.exit_code;
  const seconds = metadata?.duration_seconds;
  return {
    text,
    images: [],
    failed: typeof exit === "number" && exit !== 0,
    ...(typeof exit === "number" ? { exitCode: exit } : {}),
    ...(typeof seconds === "number" ? { durationMs: count(seconds * 1000) } : {}),
  };
}

function fromItems(items: readonly unknown[]): Output {
  const texts: string[] = [];
  const images: Image[] = [];
  for (const item of items) {
    const fields = object(item);
    const text = word(fields?.text);
    if (text !== undefined) texts.push(text);
    const image = imageOf(fields?.image_url ?? fields?.imageUrl) ?? inlineImage(fields);
    if (image) images.push(image);
  }
  return finished(joinLines(texts), images);
}

/** An image as MCP servers give it. */
function inlineImage(fields: Json | null): Image | null {
  const data = word(fields?.data);
  const mediaType = word(fields?.mimeType);
  return fields?.type === "image" && data && mediaType?.startsWith("image/") ? { mediaType, data } : null;
}

function finished(wrapped: string, images: readonly Image[]): Output {
  const { text, exitCode, durationMs, failed } = terminal(wrapped);
  return {
    text,
    images,
    failed: failed ?? (exitCode === undefined ? FAILED.test(text) : exitCode !== 0),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It only looked like JSON: a text like any other.
    return undefined;
  }
}

/** `{secs, nanos}` as milliseconds; undefined when it is none. */
export function duration(value: unknown): number | undefined {
  const fields = object(value);
  if (!fields || typeof fields.secs !== "number") return undefined;
  return count(fields.secs * 1000 + count(fields.nanos) / 1e6);
}
