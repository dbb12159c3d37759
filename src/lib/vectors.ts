/** Vectors in a byte a number, and how near they are to each other. */

/** A direction: numbers from -127 to 127, times `scale` a vector of length 1. */
export type Quantised = { readonly numbers: Int8Array; readonly scale: number };

/** Keeps the direction of a vector, not its length; null for one that has none (all zero, or not all finite). */
export function quantise(vector: ArrayLike<number>): Quantised | null {
  let square = 0;
  let largest = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i]!;
    square += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  // A number so small that its square is none has no direction either.
  if (!Number.isFinite(square) || square === 0) return null;
  const numbers = new Int8Array(vector.length);
  for (let i = 0; i < vector.length; i++) numbers[i] = Math.round((vector[i]! / largest) * 127);
  return { numbers, scale: largest / 127 / Math.sqrt(square) };
}

/** Products of `wanted` with the vector that begins at each of `rows` times its length in `all`, unscaled, into `out`. */
export function products(all: Int8Array, wanted: Int8Array, rows: number, out: Int32Array): void {
  const size = wanted.length;
  const even = size - (size % 4);
  // Plain numbers: reading one array less is a third of the time.
  for (let row = 0, at = 0; row < rows; row++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = 0;
    for (; i < even; i += 4) {
      a = (a + all[at + i]! * wanted[i]!) | 0;
      b = (b + all[at + i + 1]! * wanted[i + 1]!) | 0;
      c = (c + all[at + i + 2]! * wanted[i + 2]!) | 0;
      d = (d + all[at + i + 3]! * wanted[i + 3]!) | 0;
    }
    for (; i < size; i++) a = (a + all[at + i]! * wanted[i]!) | 0;
    out[row] = (a + b + c + d) | 0;
    at += size;
  }
}
