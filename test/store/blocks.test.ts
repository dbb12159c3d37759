/** Blocks and their two frames: read in part, of either shape, and forgotten by bytes. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Database } from "bun:sqlite";
import fc from "fast-check";
import { join } from "node:path";
import { BLOCK, KIB } from "../../src/domain/limits.ts";
import { FrameCache, dropUnused, readBlock, storeBlock } from "../../src/store/blocks.ts";
import { openForWriting } from "../../src/store/open.ts";
import { tempDir } from "../support/temp.ts";

const LENGTHS = [1, 1000, BLOCK / 2 - 1, BLOCK / 2, BLOCK / 2 + 1, BLOCK - 1, BLOCK];

/** Text of its own for each `n`. */
const textOf = (n: number, length: number): Buffer => Buffer.alloc(length, `block ${n} holds ${Math.sin(n + 1)}; `);

let db: Database;
const stored: { readonly block: number; readonly bytes: Buffer }[] = [];

beforeAll(() => {
  db = openForWriting(join(tempDir(), "longhouse.db"));
  for (const [n, length] of [...LENGTHS, ...LENGTHS].entries()) {
    const bytes = textOf(n, length);
    const block = storeBlock(db, bytes);
    // As the first versions wrote them: one frame, however long.
    if (n < LENGTHS.length) db.query("UPDATE blocks SET z = ? WHERE id = ?").run(Bun.zstdCompressSync(bytes), block);
    stored.push({ block, bytes });
  }
});
afterAll(() => db.close());

test("a block comes back whole, of one frame or of two", () => {
  for (const { block, bytes } of stored) expect(bytes.equals(readBlock(db, block))).toBe(true);
});

test("what stands at any place of any block is read from there on, however little is kept", () => {
  const place = fc.tuple(fc.nat(stored.length - 1), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
  fc.assert(
    fc.property(fc.constantFrom(1, 100 * KIB, 300 * KIB), fc.array(place, { maxLength: 40 }), (limit, places) => {
      const cache = new FrameCache(limit);
      for (const [n, part] of places) {
        const { block, bytes } = stored[n]!;
        const inside = Math.floor(part * bytes.length);
        const got = cache.get(db, block, inside);
        expect(got.length).toBeGreaterThan(0);
        expect(Buffer.compare(got, bytes.subarray(inside, inside + got.length))).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
});

test("a place in the second half is read without the first", () => {
  const { block, bytes } = stored.at(-1)!;
  const [{ z }] = db.query<{ z: Uint8Array }, [number]>("SELECT z FROM blocks WHERE id = ?").all(block) as [
    { z: Uint8Array },
  ];
  // Its first block is of a type that there is not: who unpacks it throws.
  const damaged = z.slice();
  damaged[7]! |= 0b110;
  db.query("UPDATE blocks SET z = ? WHERE id = ?").run(damaged, block);

  expect(() => readBlock(db, block)).toThrow();
  expect(Buffer.compare(new FrameCache(KIB).get(db, block, BLOCK - 10), bytes.subarray(-10))).toBe(0);
});

test("a block that takes a deleted one's row number is not taken for that", () => {
  const cache = new FrameCache(4 * BLOCK);
  const [mine, other] = [textOf(100, BLOCK), textOf(101, BLOCK)];
  const block = storeBlock(db, mine);
  for (const inside of [0, BLOCK / 2]) cache.get(db, block, inside);
  dropUnused(db, block);

  expect(storeBlock(db, other)).toBe(block);
  for (const inside of [0, BLOCK - 10]) {
    const got = cache.get(db, block, inside);
    expect(Buffer.compare(got, other.subarray(inside, inside + got.length))).toBe(0);
  }
});
