/**
 * What `emit` says, as UTF-8 and without a string for each word: those strings were a third of the indexer's time. Texts
 * that are not ASCII go through `emit`.
 */
import { KIB } from "./limits.ts";
import { ASCII, GAP, LOWER, UNDERSCORE, UPPER, emit, marked, takeApart } from "./words.ts";

export type Emitter = (text: string, terms?: readonly string[]) => string | Uint8Array;

const SPACE = 32;

/** Emits what `searchText` says. What it returns is overwritten by its next call. */
export function createEmitter(): Emitter {
  const encoder = new TextEncoder();
  let out = new Uint8Array(64 * KIB);
  const writeParts = createParts();

  return (searchable, terms = []) => {
    const { text, terms: own } = takeApart(searchable);
    const all = own.length === 0 ? terms : [...terms, ...own];
    const marks = marked(all);
    const room = 3 * (text.length + marks.length) + KIB;
    if (out.length < room) out = new Uint8Array(room);
    if (encoder.encodeInto(text, out).written !== text.length) return emit(text, all);
    const end = text.length + encoder.encodeInto(marks, out.subarray(text.length)).written;
    return out.subarray(0, writeParts(out, text.length, end));
  };
}

/** The parts of a text's identifiers, each written once. */
function createParts() {
  /** By hash, the last part with it, counted from 1; `before` has the one before that. */
  const last = new Int32Array(1024);
  const before: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let out = new Uint8Array(0);
  let end = 0;

  const isAt = (part: number, from: number): boolean => {
    const start = starts[part]!;
    if (ends[part]! - start !== end - from) return false;
    for (let at = from; at < end; at++) if (out[at] !== out[start + at - from]) return false;
    return true;
  };

  /** Writes `[from, to)` in lower case, unless it is there already. */
  const write = (from: number, to: number) => {
    const start = end + 1;
    let hash = 0;
    out[end++] = SPACE;
    for (let at = from; at < to; at++) {
      const c = ASCII[out[at]!] === UPPER ? out[at]! | 32 : out[at]!;
      out[end++] = c;
      hash = (Math.imul(hash, 31) + c) | 0;
    }
    const slot = (hash ^ (hash >>> 15)) & (last.length - 1);
    for (let part = last[slot]!; part > 0; part = before[part - 1]!)
      if (isAt(part - 1, start)) return void (end = start - 1);
    starts.push(start);
    ends.push(end);
    before.push(last[slot]!);
    last[slot] = starts.length;
  };

  /** Cuts at `_`, before a capital that follows a small letter, and before the last capital of `HTTPServer`'s first four. */
  const cut = (from: number, to: number) => {
    let start = from;
    for (let at = from; at <= to; at++) {
      const here = at < to ? ASCII[out[at]!] : GAP;
      if (at < to && here !== UNDERSCORE && here !== UPPER) continue;
      const previous = at > from ? ASCII[out[at - 1]!] : GAP;
      const next = at + 1 < to ? ASCII[out[at + 1]!] : GAP;
      if (here === UPPER && previous === UPPER && next !== LOWER) continue;
      // One letter alone says nothing; the whole identifier is in the text already.
      if (at - start > 1 && at - start < to - from) write(start, at);
      start = here === UNDERSCORE ? at + 1 : at;
    }
  };

  /** Writes the parts of the identifiers in the first `length` bytes of `into`, from `from` on; returns where they end. */
  return (into: Uint8Array<ArrayBuffer>, length: number, from: number): number => {
    out = into;
    end = from;
    last.fill(0);
    starts.length = ends.length = before.length = 0;
    let start = -1;
    let seams = false;
    let previous = GAP;
    for (let at = 0; at < length; at++) {
      const here = ASCII[into[at]!]!;
      if (here === GAP) {
        if (seams) cut(start, at);
        start = -1;
        seams = false;
      } else if (start < 0) {
        start = at;
        seams = here === UNDERSCORE;
      } else if (here === UNDERSCORE || (here === UPPER && previous !== UPPER)) seams = true;
      else if (here === LOWER && previous === UPPER && at > start + 1) seams = true;
      previous = here;
    }
    if (seams) cut(start, length);
    return end;
  };
}
