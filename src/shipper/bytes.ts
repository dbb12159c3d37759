/** Reading and hashing bytes of an open file, in bounded memory. */
import { readSync } from "node:fs";
import { MIB } from "../domain/limits.ts";

/** Reads at `position` until `into` is full or the file ends; gives the number of bytes. */
export function readAt(fd: number, into: Uint8Array, position: number): number {
  let have = 0;
  while (have < into.length) {
    const got = readSync(fd, into, have, into.length - have, position + have);
    if (got === 0) break;
    have += got;
  }
  return have;
}

/** A short name of a few bytes. Not for secrets. */
export function hash64(bytes: Uint8Array): string {
  return Bun.hash.xxHash64(bytes).toString(36);
}

/** SHA-256 of the first `length` bytes, hexadecimal. Lets others run between pieces: a comparison may read every file. */
export async function sha256Of(fd: number, length: number): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  const buffer = new Uint8Array(Math.min(MIB, length));
  for (let at = 0; at < length;) {
    const got = readAt(fd, buffer.subarray(0, Math.min(buffer.length, length - at)), at);
    if (got === 0) break;
    hasher.update(buffer.subarray(0, got));
    at += got;
    if (at < length) await new Promise(setImmediate);
  }
  return hasher.digest("hex");
}
