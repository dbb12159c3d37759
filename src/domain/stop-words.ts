/** Words that every text has: a question is rarely about them. English, and the little words of some neighbours. */
const WORDS = new Set(
  `a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no not of
  on or our should so than that the their them then there these they this to us was we were what when where which who why
  will with would you your das der die den ein eine und ist wie was ich nicht mit le la les un une et est que qui je pas el
  los las una y es como`.split(/\s+/),
);

/** Whether a word, whatever its case and the punctuation at its ends, says nothing by itself. */
export function isStopWord(word: string): boolean {
  return WORDS.has(word.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""));
}
