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

/** The same text from shortly before its first mark when that is more than `lead` characters in: few lines must show it. */
export function nearMark(
  text: string,
  ranges: readonly Range[],
  lead: number,
): { text: string; ranges: readonly Range[] } {
  const first = Math.min(...ranges.map(([start]) => start));
  if (!Number.isFinite(first) || first <= lead) return { text, ranges };
  const around = first - Math.floor(lead / 2);
  const space = text.lastIndexOf(" ", around);
  // Without a space near, cut in a word, but never in a surrogate pair.
  const cut = space > around - 20 ? space + 1 : around + (/[\uDC00-\uDFFF]/.test(text[around] ?? "") ? 1 : 0);
  const shift = cut - 1;
  return { text: `…${text.slice(cut)}`, ranges: ranges.map(([start, length]) => [start - shift, length] as const) };
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
