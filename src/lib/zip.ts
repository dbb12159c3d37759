/** ZIP files larger than memory: written as the bytes come, read entry by entry. At most 4 GiB, as without ZIP64. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { Inflate, Zip, ZipDeflate } from "fflate";

/** An entry being written; the next may begin when it is closed. */
export type EntrySink = { write(bytes: Uint8Array): void; close(): void };

export type ZipWriter = {
  /** Bytes written so far. */
  readonly length: number;
  entry(name: string): EntrySink;
  /** Writes the directory; the file is whole then. */
  close(): void;
};

const NOTHING = new Uint8Array(0);
/** 6 is hardly smaller for logs, and takes twice the time. */
const LEVEL = 3;

/** Begins a new file, 0600. Throws when it is there already. */
export function writeZip(path: string): ZipWriter {
  const fd = openSync(path, "wx", 0o600);
  let length = 0;
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    length += bytes.length;
  });
  return {
    get length() {
      return length;
    },
    entry(name) {
      const entry = new ZipDeflate(name, { level: LEVEL });
      zip.add(entry);
      // fflate keeps what it is given: the caller's buffer may change.
      return { write: (bytes) => entry.push(bytes.slice()), close: () => entry.push(NOTHING, true) };
    },
    close() {
      zip.end();
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
  const [length, start] = [end.getUint32(at + 12, true), end.getUint32(at + 16, true)];
  return start + length > size ? null : entriesIn(readAt(fd, start, length));
}

function entriesIn(list: DataView): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const decoder = new TextDecoder();
  for (let at = 0; at + 46 <= list.byteLength && list.getUint32(at, true) === 0x02014b50;) {
    const nameLength = list.getUint16(at + 28, true);
    const name = decoder.decode(new Uint8Array(list.buffer, at + 46, nameLength));
    const [method, packed] = [list.getUint16(at + 10, true), list.getUint32(at + 20, true)];
    entries.set(name, { method, packed, at: list.getUint32(at + 42, true) });
    at += 46 + nameLength + list.getUint16(at + 30, true) + list.getUint16(at + 32, true);
  }
  return entries;
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
