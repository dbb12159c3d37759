/** Files that are rewritten whole: their JSON, and its values as lines. */
import { MIB } from "../domain/limits.ts";
import type { Line, Provider } from "../domain/provider.ts";

/** A text with any character beyond Latin-1 takes two bytes for each of its characters: 64 MiB of one took 386 MB. */
const WIDE_MAX = 32 * MIB;

/**
 * The values that the provider finds in a whole file; null when it is torn, too large to be parsed within bounds, or the
 * provider reads none of it. Uses `bytes`
 * up: their memory is given back before the JSON takes as much again.
 */
export function explode(parser: Provider, bytes: Uint8Array<ArrayBuffer>): readonly unknown[] | null {
  if (bytes.length > WIDE_MAX && isWide(bytes)) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  bytes.buffer.transfer(0);
  try {
    return parser.explode?.(valueOf(text.replace(/^\uFEFF/, ""))) ?? null;
  } catch {
    return null;
  }
}

/** Holds the first byte of a character beyond Latin-1. */
function isWide(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! >= 0xc4) return true;
  return false;
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
