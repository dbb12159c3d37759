/** Where one zstd frame ends and the next begins (RFC 8878, sections 3.1.1 and 3.1.1.2). */

/** Bytes of the frame header's fields, by the two bits that say so. */
const DICTIONARY = [0, 1, 2, 4];
const CONTENT_SIZE = [0, 2, 4, 8];
const SINGLE_SEGMENT = 0x20;
const CHECKSUM = 0x04;
/** A block of this type has one byte, which is repeated. */
const RLE = 1;

/** How many bytes the first frame of `z` takes; all there are when it is torn. */
export function frameEnd(z: Uint8Array): number {
  const descriptor = z[4] ?? 0;
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  // A frame of one segment says no window, and how long it is in one byte at least.
  const size = CONTENT_SIZE[descriptor >> 6]! || (isSingle ? 1 : 0);
  let at = 5 + (isSingle ? 0 : 1) + DICTIONARY[descriptor & 3]! + size;
  let isLast = false;
  while (!isLast && at < z.length) {
    const header = z[at]! | (z[at + 1]! << 8) | (z[at + 2]! << 16);
    isLast = (header & 1) === 1;
    at += 3 + (((header >> 1) & 3) === RLE ? 1 : header >> 3);
  }
  return Math.min(z.length, at + ((descriptor & CHECKSUM) === 0 ? 0 : 4));
}
