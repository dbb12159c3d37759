import { expect, test } from "bun:test";
import fc from "fast-check";
import { createZstdCompress, constants, zstdCompressSync } from "node:zlib";
import { frameEnd } from "../../src/lib/zstd-frame.ts";

const TEXT = Buffer.from(Array.from({ length: 40_000 }, (_, n) => `${n} ${Math.sin(n)}\n`).join(""));

test("a frame ends where the next one begins, whatever it holds", () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(TEXT.length).map((length) => TEXT.subarray(0, length)),
    // Blocks of one repeated byte.
    fc.nat(400_000).map((length) => new Uint8Array(length).fill(7)),
  );
  fc.assert(
    fc.property(content, fc.uint8Array(), fc.integer({ min: 1, max: 9 }), fc.boolean(), (bytes, rest, level, sum) => {
      const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
      const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: sum ? 1 : 0 };
      const frame = zstdCompressSync(bytes, { params });
      expect(frameEnd(Buffer.concat([frame, rest]))).toBe(frame.length);
    }),
    { numRuns: 60 },
  );
});

test("a frame that says no length of its content, for it was streamed, ends there too", async () => {
  const stream = createZstdCompress();
  stream.end(TEXT);
  const frame = Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>));

  expect(frameEnd(Buffer.concat([frame, TEXT]))).toBe(frame.length);
});

test("of a torn frame, and of what is none, there is no end past the bytes", () => {
  const frame = Bun.zstdCompressSync(TEXT);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.nat(frame.length).map((end) => frame.subarray(0, end)),
      ),
      (bytes) => {
        expect(frameEnd(bytes)).toBeLessThanOrEqual(bytes.length);
      },
    ),
  );
});
