/**
 * ZIP files larger than memory: written as the bytes come, read entry by entry. What the first form's 32 (and, for the
 * number of entries, 16) bits cannot say stands in its 64-bit form (ZIP64), which is left out where it is not needed.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { Deflate, Inflate } from "fflate";

/** An entry being written; the next may begin when it is closed. */
export type EntrySink = { write(bytes: Uint8Array): void; close(): void };

export type ZipWriter = {
  /** Begins an entry of about `size` bytes; its name has / between its parts. */
  entry(name: string, size: number): EntrySink;
  /** Writes the directory; the file is whole then. */
  close(): void;
};

const NOTHING = new Uint8Array(0);
/** 6 is hardly smaller for logs, and takes twice the time. */
const LEVEL = 3;
/** In a field of 32 or 16 bits: look in the 64-bit form. */
const ELSEWHERE = 0xffffffff;
const ELSEWHERE_16 = 0xffff;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const DEFLATE = 8;
/** 1980-01-01: an entry has no time of its own. */
const DOS_DATE = 0x21;

/** Numbers, little-endian, of 2, 4 or 8 bytes each, and bytes. */
function pack(...fields: readonly (readonly [bytes: 2 | 4 | 8, value: number] | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    fields.map((field) => {
      if (field instanceof Uint8Array) return field;
      const [bytes, value] = field;
      const view = new DataView(new ArrayBuffer(bytes));
      if (bytes === 2) view.setUint16(0, value, true);
      else if (bytes === 4) view.setUint32(0, value, true);
      else view.setBigUint64(0, BigInt(value), true);
      return new Uint8Array(view.buffer);
    }),
  );
}

/** What is known of an entry that was written. `wide`: its sizes stand in the 64-bit form. */
type Written = {
  readonly name: Uint8Array;
  readonly at: number;
  readonly wide: boolean;
  crc: number;
  size: number;
  packed: number;
};

const extra = (...values: readonly number[]) =>
  values.length === 0 ? NOTHING : pack([2, 1], [2, values.length * 8], ...values.map((value) => [8, value] as const));

function localHeader({ name, wide, crc, size, packed }: Written): Uint8Array {
  const more = wide ? extra(size, packed) : NOTHING;
  const sizes = wide ? ([[4, ELSEWHERE], [4, ELSEWHERE]] as const) : ([[4, packed], [4, size]] as const); // prettier-ignore
  const start = [[4, 0x04034b50], [2, wide ? 45 : 20], [2, FLAGS], [2, DEFLATE], [2, 0], [2, DOS_DATE], [4, crc]] as const; // prettier-ignore
  return pack(...start, ...sizes, [2, name.length], [2, more.length], name, more);
}

function directoryEntry({ name, at, wide, crc, size, packed }: Written, bound: number): Uint8Array {
  const far = at >= bound;
  const more = extra(...(wide ? [size, packed] : []), ...(far ? [at] : []));
  const sizes = wide ? ([[4, ELSEWHERE], [4, ELSEWHERE]] as const) : ([[4, packed], [4, size]] as const); // prettier-ignore
  const needs = wide || far ? 45 : 20;
  const start = [[4, 0x02014b50], [2, 45], [2, needs], [2, FLAGS], [2, DEFLATE], [2, 0], [2, DOS_DATE], [4, crc]] as const; // prettier-ignore
  const rest = [[2, 0], [2, 0], [2, 0], [4, 0], [4, far ? ELSEWHERE : at]] as const; // prettier-ignore
  return pack(...start, ...sizes, [2, name.length], [2, more.length], ...rest, name, more);
}

function directoryEnd(entries: number, at: number, length: number, bound: number): Uint8Array {
  const wide = entries >= Math.min(bound, ELSEWHERE_16) || at >= bound;
  const large = [[4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, entries], [8, entries], [8, length], [8, at]] as const; // prettier-ignore
  const locator = [
    [4, 0x07064b50],
    [4, 0],
    [8, at + length],
    [4, 1],
  ] as const;
  const [n, from] = wide ? [ELSEWHERE_16, ELSEWHERE] : [entries, at];
  const end = [[4, 0x06054b50], [2, 0], [2, 0], [2, n], [2, n], [4, length], [4, from], [2, 0]] as const; // prettier-ignore
  return pack(...(wide ? [...large, ...locator] : []), ...end);
}

/** Begins a new file, 0600. Throws when it is there already. From `bound` on the 64-bit form is used. */
export function writeZip(path: string, bound = ELSEWHERE): ZipWriter {
  const fd = openSync(path, "wx", 0o600);
  const written: Written[] = [];
  let length = 0;
  const put = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    length += bytes.length;
  };
  return {
    entry(name, size) {
      // What does not become smaller becomes a little larger.
      const wide = size * 1.01 + 1024 >= bound;
      const entry: Written = { name: new TextEncoder().encode(name), at: length, wide, crc: 0, size: 0, packed: 0 };
      put(localHeader(entry));
      const from = length;
      const deflate = new Deflate({ level: LEVEL }, (bytes) => put(bytes));
      return {
        write(bytes) {
          entry.crc = Bun.hash.crc32(bytes, entry.crc);
          entry.size += bytes.length;
          // fflate keeps what it is given: the caller's buffer may change.
          deflate.push(bytes.slice());
        },
        close() {
          deflate.push(NOTHING, true);
          entry.packed = length - from;
          if (!wide && Math.max(entry.packed, entry.size) >= bound)
            throw new Error(`${name} is larger than it was said to be`);
          const whole = localHeader(entry);
          for (let at = 0; at < whole.length;) at += writeSync(fd, whole, at, whole.length - at, entry.at + at);
          written.push(entry);
        },
      };
    },
    close() {
      const at = length;
      for (const entry of written) put(directoryEntry(entry, bound));
      put(directoryEnd(written.length, at, length - at, bound));
      closeSync(fd);
    },
  };
}

type Entry = { readonly method: number; readonly at: number; readonly packed: number };

export type ZipReader = {
  readonly names: readonly string[];
  /** An entry's bytes in pieces; null when there is none of this name. Throws for a way of packing that is not ours. */
  read(name: string): Generator<Uint8Array> | null;
  close(): void;
};

/** How far from the end the directory's end may be: its comment has at most 64 KiB. */
const END_MAX = 65_557;
/** Packed bytes that are unpacked at once: they may become a thousand times as many. */
const PIECE = 16 * 1024;

/** Opens a ZIP file; null when it is none. */
export function readZip(path: string): ZipReader | null {
  const fd = openSync(path, "r");
  const entries = directory(fd);
  if (!entries) {
    closeSync(fd);
    return null;
  }
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name);
      return entry ? unpack(fd, entry) : null;
    },
    close: () => closeSync(fd),
  };
}

function readAt(fd: number, at: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  const got = readSync(fd, bytes, 0, length, at);
  return new DataView(bytes.buffer, 0, got);
}

function directory(fd: number): Map<string, Entry> | null {
  const { size } = fstatSync(fd);
  const from = Math.max(0, size - END_MAX);
  const end = readAt(fd, from, size - from);
  let at = end.byteLength - 22;
  while (at >= 0 && end.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) return null;
  const { start, length } = wideEnd(fd, from + at) ?? {
    start: end.getUint32(at + 16, true),
    length: end.getUint32(at + 12, true),
  };
  return start + length > size ? null : entriesIn(readAt(fd, start, length));
}

/** Where the directory is by the 64-bit form of its end, which is named just before `end`; null without one. */
function wideEnd(fd: number, end: number): { readonly start: number; readonly length: number } | null {
  if (end < 20) return null;
  const locator = readAt(fd, end - 20, 20);
  if (locator.getUint32(0, true) !== 0x07064b50) return null;
  const large = readAt(fd, Number(locator.getBigUint64(8, true)), 56);
  if (large.byteLength < 56 || large.getUint32(0, true) !== 0x06064b50) return null;
  return { length: Number(large.getBigUint64(40, true)), start: Number(large.getBigUint64(48, true)) };
}

function entriesIn(list: DataView): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const decoder = new TextDecoder();
  for (let at = 0; at + 46 <= list.byteLength && list.getUint32(at, true) === 0x02014b50;) {
    const [nameLength, moreLength] = [list.getUint16(at + 28, true), list.getUint16(at + 30, true)];
    const name = decoder.decode(new Uint8Array(list.buffer, at + 46, nameLength));
    const more = new DataView(list.buffer, at + 46 + nameLength, moreLength);
    // The 64-bit form has only what stands elsewhere, in this order.
    const [, packed, start] = widened([24, 20, 42].map((field) => list.getUint32(at + field, true)), more); // prettier-ignore
    entries.set(name, { method: list.getUint16(at + 10, true), packed: packed!, at: start! });
    at += 46 + nameLength + moreLength + list.getUint16(at + 32, true);
  }
  return entries;
}

function widened(values: readonly number[], more: DataView): readonly number[] {
  let from = 0;
  while (from + 4 <= more.byteLength && more.getUint16(from, true) !== 1) from += 4 + more.getUint16(from + 2, true);
  let at = from + 4;
  return values.map((value) => {
    if (value !== ELSEWHERE || at + 8 > more.byteLength) return value;
    at += 8;
    return Number(more.getBigUint64(at - 8, true));
  });
}

function* unpack(fd: number, { method, at, packed }: Entry): Generator<Uint8Array> {
  if (method !== 0 && method !== 8) throw new Error(`the ZIP file is packed by method ${method}`);
  const head = readAt(fd, at, 30);
  const start = at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const out: Uint8Array[] = [];
  const inflate = method === 8 ? new Inflate((bytes) => void out.push(bytes)) : null;
  for (let done = 0; done < packed; done += PIECE) {
    const length = Math.min(PIECE, packed - done);
    const piece = readAt(fd, start + done, length);
    const bytes = new Uint8Array(piece.buffer, 0, piece.byteLength);
    if (!inflate) out.push(bytes);
    else inflate.push(bytes, done + length >= packed);
    yield* out.splice(0);
  }
}
