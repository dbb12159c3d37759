/** Files that are rewritten whole: their JSON, and its values as lines. */
import type { Line, Provider } from "../domain/provider.ts";

/**
 * The values that the provider finds in a whole file; null when it is torn, or the provider reads none of it. Uses `bytes`
 * up: their memory is given back before the JSON takes as much again.
 */
export function explode(parser: Provider, bytes: Uint8Array<ArrayBuffer>): readonly unknown[] | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  bytes.buffer.transfer(0);
  try {
    return parser.explode?.(valueOf(text.replace(/^\uFEFF/, ""))) ?? null;
  } catch {
    return null;
  }
}

/** A file may be no JSON, but text: the provider knows. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A value as a line of its own. Its text is made when it is asked for: hardly any parser reads it. */
export function lineOf(value: unknown): Line {
  let text: string | null = null;
  return {
    offset: 0,
    value,
    oversize: false,
    get text() {
      return (text ??= textOf(value));
    },
  };
}

/** What is nested too deeply to be written down has no text. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
