/** One text as its difference from another: zstd with the other as dictionary. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { MIB } from "../domain/limits.ts";

/** Finds what a small text repeats of another; over 1 MiB only a higher level and a wide window do (measured). */
const SMALL = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };
const LARGE = { ...SMALL, [constants.ZSTD_c_compressionLevel]: 9, [constants.ZSTD_c_windowLog]: 25 };

type Options = NonNullable<Parameters<typeof zstdCompressSync>[1]>;

/** Packs `bytes`; `base` must be at hand to read them. */
export function delta(bytes: Uint8Array, base: Uint8Array): Uint8Array {
  const params = bytes.length + base.length > MIB ? LARGE : SMALL;
  return zstdCompressSync(bytes, withDictionary(base, params));
}

/** The bytes that `delta` packed with the same `base`. Throws when it is another: a checksum goes with them. */
export function undelta(packed: Uint8Array, base: Uint8Array): Uint8Array {
  return zstdDecompressSync(packed, withDictionary(base, {}));
}

/** An empty dictionary is none. The types of Node's zlib do not know that zstd takes one. */
function withDictionary(dictionary: Uint8Array, params: Record<number, number>): Options {
  return { params, ...(dictionary.length > 0 && { dictionary }) } as Options;
}
