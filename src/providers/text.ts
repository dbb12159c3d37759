/** Text as agents wrap it for their model: terminal headers around a command's output, images as data URLs. */
import type { Image } from "../domain/provider.ts";

/** A command's output without its header, and what the header said. */
export type Terminal = {
  readonly text: string;
  readonly exitCode?: number;
  readonly durationMs?: number;
  /** The header itself says that the run failed. */
  readonly failed?: boolean;
};

const HEADER =
  /^(?:Chunk ID: \w+|Original token count: \d+|Total output lines: \d+|(?:Process exited with code|Exit code:) (-?\d+)|Wall time:? ([\d.]+) seconds|(Process running with .*|Script running with .*)|Script (completed|failed))$/;
const BEGINS =
  /^(?:Command: |Chunk ID: |Wall time|Process (?:exited|running) with |Exit code: |Total output lines: |Script )/;
/** More lines than any header has. */
const HEADER_LINES = 10;

/**
 * Takes a header such as "Chunk ID, Wall time, Process exited with code 0, Output:" off. The text stays whole when the
 * header is not one to its end, or says that the process still runs: that is news, not wrapping. Never throws.
 */
export function terminal(text: string): Terminal {
  const outer = unwrap(text);
  if (outer.text === text) return outer;
  // A patch run inside a terminal has two headers; the inner one knows how the patch ended.
  const inner = unwrap(outer.text);
  return inner.text === outer.text ? outer : { ...outer, ...inner };
}

function unwrap(text: string): Terminal {
  if (!BEGINS.test(text)) return { text };
  let at = text.startsWith("Command: ") ? text.indexOf("\nChunk ID: ") + 1 : 0;
  const said: { exitCode?: number; durationMs?: number; failed?: boolean } = {};
  let runs = false;
  for (let n = 0; n < HEADER_LINES; n++) {
    const end = text.indexOf("\n", at);
    const line = end < 0 ? text.slice(at) : text.slice(at, end);
    if (line === "Output:") return { ...said, text: runs ? text : end < 0 ? "" : text.slice(end + 1) };
    const found = HEADER.exec(line);
    if (!found || end < 0) break;
    if (found[1]) said.exitCode = Number(found[1]);
    if (found[2]) said.durationMs = Math.round(Number(found[2]) * 1000) || 0;
    if (found[3]) runs = true;
    if (found[4] === "failed") said.failed = true;
    at = end + 1;
  }
  return { ...said, text };
}

const DATA_URL = /^data:(image\/[\w.+-]{1,40});base64,/;

/** The image of a data URL; null for every other URL. The data is not decoded. */
export function imageOf(url: unknown): Image | null {
  if (typeof url !== "string" || !url.startsWith("data:image/")) return null;
  const head = DATA_URL.exec(url.slice(0, 80));
  return head ? { mediaType: head[1]!, data: url.slice(head[0].length) } : null;
}

/** Texts one below the other; a text that ends its line needs no other line end. */
export function joinLines(texts: readonly string[]): string {
  if (texts.length < 2) return texts[0] ?? "";
  let all = "";
  // Asking the growing text itself would copy it each time.
  let ended = true;
  for (const text of texts) {
    all += ended ? text : `\n${text}`;
    ended = text === "" ? ended || all !== "" : text.endsWith("\n");
  }
  return all;
}

/** A value as JSON; "" when there is none, or when it is nested too deep to be written. Never throws. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch (error) {
    // JSON.parse goes deeper than JSON.stringify.
    if (error instanceof RangeError) return "";
    throw error;
  }
}
