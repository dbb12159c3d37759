/** Cuts text at highlighted ranges. Pure. */

/** UTF-16 units. */
export type Range = readonly [start: number, length: number];
export type Piece = { readonly text: string; readonly marked: boolean };

/** The text in order, cut where marks begin and end. Ranges may overlap, be unsorted or reach past the end. */
export function pieces(text: string, ranges: readonly Range[]): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const [start, length] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const from = Math.max(at, start);
    const to = Math.min(text.length, start + length);
    if (to <= from) continue;
    if (from > at) out.push({ text: text.slice(at, from), marked: false });
    out.push({ text: text.slice(from, to), marked: true });
    at = to;
  }
  if (at < text.length) out.push({ text: text.slice(at), marked: false });
  return out;
}

const SPACELESS = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** Where words begin in a text, ignoring case: for titles, which come without ranges. */
export function findWords(text: string, words: readonly string[]): Range[] {
  const ranges: Range[] = [];
  for (const word of words) {
    if (word === "") continue;
    const literal = word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    // Languages without spaces have no word starts.
    const pattern = new RegExp(SPACELESS.test(word) ? literal : `(?<![\\p{L}\\p{N}_])${literal}`, "giu");
    for (const match of text.matchAll(pattern)) ranges.push([match.index, match[0].length]);
  }
  return ranges;
}
