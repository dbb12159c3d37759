/** What must hold of a provider whatever its lines say. A violation is a sentence. */
import type { Line, Parsed, Provider } from "../../src/domain/provider.ts";
import { LineCutter, values } from "../../src/lib/lines.ts";

/** A value that takes longer is a hang, milliseconds. */
const HANG_MS = 1000;
/** Characters that one line's parts and a state may hold for each character of the bytes, and in any case. */
const GROWTH = 60;
const ANYHOW = 400_000;

/** What is wrong with how `provider` reads the bytes, cut at `cut`; null = nothing. */
export function violation(provider: Provider, bytes: Uint8Array, cut: number): string | null {
  try {
    const whole = read(provider, [bytes]);
    if (whole.trouble) return whole.trouble;
    const split = read(provider, [bytes.subarray(0, cut), bytes.subarray(cut)]);
    if (split.trouble) return `split: ${split.trouble}`;
    return whole.said === split.said ? null : `split at ${cut} it says something else`;
  } catch (error) {
    return `throws ${error instanceof Error ? `${error.message} ${placeOf(error)}` : String(error)}`;
  }
}

/** Where in our sources: errors with one message may be several. */
function placeOf(error: Error): string {
  return /\/(src\/[^\s)]+)/.exec(error.stack ?? "")?.[1] ?? "";
}

type Read = { readonly said: string; readonly trouble: string | null };

/** All lines with a state that goes through JSON at each cut, as deriving keeps it. */
function read(provider: Provider, pieces: readonly Uint8Array[]): Read {
  const said: unknown[] = [];
  let state = provider.start();
  let trouble: string | null = null;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const take = (line: Line) => {
    const began = performance.now();
    const parsed = provider.parse(line, state);
    trouble ??= wrong(provider, line, parsed, performance.now() - began);
    said.push(parsed);
  };
  const cutter = new LineCutter(0);
  for (const piece of pieces) {
    for (const raw of cutter.push(piece)) values(raw).forEach(take);
    const kept = JSON.stringify(state);
    if (kept.length > GROWTH * length + ANYHOW) trouble ??= `its state grows to ${kept.length} characters`;
    state = JSON.parse(kept) as object;
  }
  const text = JSON.stringify(said);
  if (text.length > GROWTH * length + ANYHOW) trouble ??= `its parts grow to ${text.length} characters`;
  return { said: text, trouble };
}

function wrong(provider: Provider, line: Line, { parts }: Parsed, ms: number): string | null {
  if (ms > HANG_MS) return `takes ${Math.round(ms)} ms`;
  const indexes = new Set(parts.map(({ index }) => index));
  if (indexes.size !== parts.length) return "gives one index twice";
  for (const index of indexes)
    if (!Number.isInteger(index) || index < 0 || index > 1023) return `gives the index ${index}`;
  const alone = new Map(provider.parse(line, null).parts.map((part) => [part.index, part.kind]));
  for (const { index } of parts) if (!alone.has(index)) return `read back alone, part ${index} is not there`;
  for (const { at } of parts) if (at !== undefined && !Number.isFinite(at)) return `gives the time ${at}`;
  return null;
}

/** What is wrong with how `provider` takes a whole file or sidecar apart; null = nothing. */
export function wholeViolation(provider: Provider, path: string, text: string): string | null {
  try {
    const began = performance.now();
    const value = jsonOf(text);
    for (const each of provider.explode?.(value) ?? []) {
      const line = { offset: 0, text: JSON.stringify(each) ?? "", value: each, oversize: false };
      const trouble = wrong(provider, line, provider.parse(line, provider.start()), 0);
      if (trouble) return `exploded: ${trouble}`;
    }
    provider.aside?.(path, () => text);
    provider.identify({ path, unit: "file", text, whole: true });
    provider.identify({ path, unit: "lines", text: text.slice(0, 500), whole: false });
    const ms = performance.now() - began;
    return ms > HANG_MS ? `takes ${Math.round(ms)} ms for a whole file` : null;
  } catch (error) {
    return `whole file: throws ${error instanceof Error ? `${error.message} ${placeOf(error)}` : String(error)}`;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
