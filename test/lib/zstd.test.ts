import { expect, test } from "bun:test";
import { Unzstd, zstdRoom } from "../../src/lib/zstd.ts";

/** What comes of `packed`, written in pieces of `length`; the most that one read gave. */
function unpack(packed: Uint8Array, length = packed.length) {
  const unzstd = new Unzstd();
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < packed.length; at += length) {
    unzstd.write(packed.subarray(at, at + length));
    for (;;) {
      const room = zstdRoom();
      const got = unzstd.read(room);
      pieces.push(room.subarray(0, got));
      if (got < room.length) break;
    }
  }
  const { broken } = unzstd;
  unzstd.close();
  return { bytes: Buffer.concat(pieces), broken };
}

const noise = Buffer.from(Array.from({ length: 70_000 }, (_, n) => `${n} ${Math.sin(n)}\n`).join(""));
const frames = (...parts: readonly Uint8Array[]) => Buffer.concat(parts.map((part) => Bun.zstdCompressSync(part)));

test("several frames are one text, in pieces of any length", () => {
  const packed = frames(noise.subarray(0, 500_000), new Uint8Array(0), noise.subarray(500_000));

  for (const length of [packed.length, 65_536, 1000, 7])
    expect(unpack(packed, length)).toEqual({ bytes: noise, broken: false });
});

test("a torn text gives what it has, and is not broken", () => {
  const { bytes, broken } = unpack(frames(noise.subarray(0, 300_000), noise).subarray(0, 250_000));

  expect(broken).toBe(false);
  expect(bytes.length).toBeGreaterThan(300_000);
  expect(noise.subarray(0, 300_000).equals(bytes.subarray(0, 300_000))).toBe(true);
});

test("what is no zstd, and what follows a frame and is none, is broken; what came before is given", () => {
  expect(unpack(Buffer.from("no zstd at all"))).toEqual({ bytes: Buffer.alloc(0), broken: true });
  expect(unpack(Buffer.concat([frames(noise), Buffer.from("no zstd at all")]))).toEqual({ bytes: noise, broken: true });
});

test("flipped bytes end it, and never hang it", () => {
  const packed = frames(noise);
  for (let n = 0; n < 60; n++) {
    const damaged = Buffer.from(packed);
    damaged[(n * 7919) % damaged.length]! ^= 1 << (n % 8);
    expect(unpack(damaged, 4096).bytes.length).toBeLessThan(4_000_000);
  }
});
