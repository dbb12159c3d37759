/**
 * Blocks: bytes of sources, kept once by their hash, compressed as two frames of at most 64 KiB. Who needs one line of a
 * block unpacks half of it, and a page of passages is little else; the archive is 3 % larger for it.
 */
import type { Database } from "bun:sqlite";
import { BLOCK } from "../domain/limits.ts";
import { frameEnd } from "../lib/zstd-frame.ts";

const FRAME = BLOCK / 2;
/** 1.3 % larger than level 3, the usual one, and in three quarters of its time. */
const LEVEL = 2;

/** Stores a block, unless it is there; returns its row number. */
export function storeBlock(db: Database, bytes: Uint8Array): number {
  const hash = new Bun.CryptoHasher("sha256").update(bytes).digest().subarray(0, 16);
  const same = db.query<{ id: number }, [Uint8Array]>("SELECT id FROM blocks WHERE hash = ?").get(hash);
  if (same) return same.id;
  return Number(db.query("INSERT INTO blocks (hash, z) VALUES (?, ?)").run(hash, compress(bytes)).lastInsertRowid);
}

/** All of a block. */
export function readBlock(db: Database, block: number): Uint8Array {
  return Bun.zstdDecompressSync(readRow(db, block).z);
}

/** Removes a block that no source uses any more. */
export function dropUnused(db: Database, block: number): void {
  const used = db.query("SELECT 1 FROM source_blocks WHERE block = ? LIMIT 1").get(block);
  if (!used) db.query("DELETE FROM blocks WHERE id = ?").run(block);
}

/** What a frame holds, and the hash of its block. */
type Frame = { readonly hash: Uint8Array; readonly bytes: Uint8Array };

/** Unpacked frames, the least recently used forgotten first. */
export class FrameCache {
  /** By twice the block's row number, and one more for its second frame. */
  readonly #frames = new Map<number, Frame>();
  #bytes = 0;

  /** Bytes kept, at most. */
  constructor(readonly limit: number) {}

  /** What stands in a block from `inside` on, to the end of its frame; good until the next call, and not to be written to. */
  get(db: Database, block: number, inside: number): Uint8Array {
    const isSecond = inside >= FRAME;
    const second = isSecond && this.#use(db, block, 1);
    if (second) return second.subarray(inside - FRAME);
    // Blocks of before have one frame, however long.
    const first = this.#use(db, block, 0);
    if (first && inside < first.length) return first.subarray(inside);
    const read = this.#read(db, block, isSecond ? 1 : 0);
    return read.subarray(isSecond && read.length <= FRAME ? inside - FRAME : inside);
  }

  #use(db: Database, block: number, n: 0 | 1): Uint8Array | undefined {
    const key = 2 * block + n;
    const found = this.#frames.get(key);
    if (!found) return undefined;
    // A deleted block's row number may be another's now.
    if (Buffer.compare(found.hash, readHash(db, block)) !== 0) return this.#drop(key, found);
    this.#frames.delete(key);
    this.#frames.set(key, found);
    return found.bytes;
  }

  /** Unpacks a frame, or the one that there is. */
  #read(db: Database, block: number, n: 0 | 1): Uint8Array {
    const { hash, z } = readRow(db, block);
    const end = frameEnd(z);
    const isFirst = n === 0 || end === z.length;
    const bytes = Bun.zstdDecompressSync(isFirst ? z.subarray(0, end) : z.subarray(end));
    this.#frames.set(2 * block + (isFirst ? 0 : 1), { hash, bytes });
    this.#bytes += bytes.length;
    for (const [key, frame] of this.#frames) {
      if (this.#bytes <= this.limit || this.#frames.size === 1) break;
      this.#drop(key, frame);
    }
    return bytes;
  }

  /** Its memory is the next one's: left to the collector, each frame would be written to pages never touched before. */
  #drop(key: number, { bytes }: Frame): undefined {
    this.#frames.delete(key);
    this.#bytes -= bytes.length;
    (bytes.buffer as ArrayBuffer).transfer(0);
  }
}

function compress(bytes: Uint8Array): Uint8Array {
  const pack = (part: Uint8Array) => Bun.zstdCompressSync(part, { level: LEVEL });
  if (bytes.length <= FRAME) return pack(bytes);
  return Buffer.concat([pack(bytes.subarray(0, FRAME)), pack(bytes.subarray(FRAME))]);
}

type BlockRow = { readonly hash: Uint8Array; readonly z: Uint8Array };

function readRow(db: Database, block: number): BlockRow {
  const row = db.query<BlockRow, [number]>("SELECT hash, z FROM blocks WHERE id = ?").get(block);
  if (!row) throw missing(block);
  return row;
}

function readHash(db: Database, block: number): Uint8Array {
  const row = db.query<Pick<BlockRow, "hash">, [number]>("SELECT hash FROM blocks WHERE id = ?").get(block);
  if (!row) throw missing(block);
  return row.hash;
}

const missing = (block: number) => new Error(`block ${block} is missing`);
