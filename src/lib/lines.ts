/**
 * Bytes → lines → values, wherever the bytes are cut. Offsets are bytes in the source. A line ends at LF; what stands
 * after the last LF is the tail. A line over OVERSIZE keeps only its head: JSON.parse of 100 MB costs 335 MB.
 */
import { isAscii } from "node:buffer";
import { OVERSIZE, OVERSIZE_HEAD } from "../domain/limits.ts";
import type { Line } from "../domain/provider.ts";

/** A whole line as bytes, without its LF. `bytes` may be a view into a piece: decode before the next `push`. */
export type RawLine = { readonly offset: number; readonly bytes: Uint8Array; readonly oversize: boolean };

const LF = 10;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** Cuts a source's bytes into lines; pieces may be cut anywhere. Starts at the `offset` of a line's first byte. */
export class LineCutter {
  /** The unfinished line, in pieces; only its head once it is oversize. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Bytes of the unfinished line seen so far. */
  #length = 0;

  constructor(public lineStart: number) {}

  /** The whole lines that end in `piece`. */
  *push(piece: Uint8Array): Generator<RawLine> {
    let from = 0;
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, from)) {
      const rest = piece.subarray(from, end);
      from = end + 1;
      yield this.#finish(rest);
    }
    if (from < piece.length) this.#keep(piece.subarray(from));
  }

  /** Length of the unfinished line, bytes. */
  get tailLength(): number {
    return this.#length;
  }

  /** The unfinished line as if it had ended; null when there is none. Does not consume it. */
  tail(): RawLine | null {
    if (this.#length === 0) return null;
    return { offset: this.lineStart, bytes: join(this.#kept, this.#keptBytes), oversize: this.#length > OVERSIZE };
  }

  #finish(rest: Uint8Array): RawLine {
    const length = this.#length + rest.length;
    const oversize = length > OVERSIZE;
    const bytes = this.#length === 0 ? rest : join([...this.#kept, rest], this.#keptBytes + rest.length);
    const line = { offset: this.lineStart, bytes: oversize ? bytes.subarray(0, OVERSIZE_HEAD) : bytes, oversize };
    this.lineStart += length + 1;
    this.#kept = [];
    this.#keptBytes = this.#length = 0;
    return line;
  }

  #keep(rest: Uint8Array) {
    this.#length += rest.length;
    if (this.#length > OVERSIZE && this.#keptBytes > OVERSIZE_HEAD) {
      this.#kept = [join(this.#kept, this.#keptBytes).slice(0, OVERSIZE_HEAD)];
      this.#keptBytes = OVERSIZE_HEAD;
    }
    if (this.#length > OVERSIZE && this.#keptBytes >= OVERSIZE_HEAD) return;
    // A copy: the piece's buffer is given back after the push.
    this.#kept.push(rest.slice());
    this.#keptBytes += rest.length;
  }
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/**
 * The values of a line, in order: usually one; several when objects are glued (`}{`); none when the line is blank.
 * `headTells`: see Provider; asked only of lines whose head is not all.
 */
export function values(line: RawLine, headTells?: (head: string) => boolean): readonly Line[] {
  if (
    !line.oversize &&
    headTells &&
    line.bytes.length > OVERSIZE_HEAD &&
    headTells(decode(line.bytes.subarray(0, 256)))
  )
    return values({ ...line, bytes: line.bytes.subarray(0, OVERSIZE_HEAD), oversize: true });
  const record = line.oversize ? undefined : parseRecord(line.bytes);
  if (record !== undefined) return [recordOf(line, record)];
  const text = decode(line.bytes);
  if (text === "") return [];
  const one = { offset: line.offset, text, oversize: line.oversize };
  if (line.oversize) return [{ ...one, value: undefined }];
  const value = parse(text);
  if (value !== undefined) return [{ ...one, value }];
  const glued = unglue(text);
  if (glued.length === 0) return [{ ...one, value: undefined }];
  return glued.map((piece) => ({ ...one, text: piece.text, value: piece.value }));
}

/** The object that an ASCII line is; undefined for any other. Read where it stands: to make the string that JSON.parse wants takes as long. */
function parseRecord(bytes: Uint8Array): unknown {
  if (bytes[0] !== BRACE || bytes[bytes.length - 1] !== BRACE_END || !isAscii(bytes)) return undefined;
  const { values: found, read } = Bun.JSONL.parseChunk(bytes);
  // Objects that are glued give the first of them, and how far it reached.
  return read === bytes.length ? found[0] : undefined;
}

/** Its text is made when it is asked for, while its bytes stand: hardly any parser reads it. */
const recordOf = ({ offset, bytes }: RawLine, value: unknown): Line => ({
  offset,
  value,
  oversize: false,
  get text() {
    return decode(bytes);
  },
});

/** UTF-8 with replacement, without BOM, CR and surrounding NULs and blanks. */
function decode(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  if (first === BRACE && last === BRACE_END) return text;
  return text.replace(/^[\uFEFF\0\s]+|[\0\s]+$/g, "");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Glued = { readonly text: string; readonly value: unknown };

/** Objects that stand on one line without a newline between them; empty when the text is not made of whole objects. */
function unglue(text: string): readonly Glued[] {
  const found: Glued[] = [];
  let from = 0;
  while (from < text.length) {
    const end = objectEnd(text, from);
    if (end < 0) break;
    const piece = text.slice(from, end);
    const value = parse(piece);
    if (value === undefined) break;
    found.push({ text: piece, value });
    from = end;
    while (from < text.length && text.charCodeAt(from) <= 32) from++;
  }
  // What follows the last whole object is a torn one: the objects before it are read all the same.
  return found;
}

/** Index after the object that starts at `from`; -1 when it has no end. Brackets inside strings do not count. */
function objectEnd(text: string, from: number): number {
  if (text[from] !== "{") return -1;
  let depth = 0;
  let quoted = false;
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 123) depth++;
    else if (c === 125 && --depth === 0) return i + 1;
  }
  return -1;
}
