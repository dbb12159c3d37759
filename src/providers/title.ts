/** What a row can show; the rest of a long prompt is one click away. Characters. */
const LONGEST = 120;

/** A title from a prompt's text: one line, cut at a word; undefined when nothing is left. */
export function titleOf(text: string): string | undefined {
  // Only the head is looked at: a prompt may be a megabyte of pasted log.
  const head = text
    .slice(0, LONGEST * 8)
    .replace(/\s+/g, " ")
    .trim();
  if (head === "") return undefined;
  if (head.length <= LONGEST) return head;
  const cut = head.lastIndexOf(" ", LONGEST);
  return `${head.slice(0, cut > LONGEST / 2 ? cut : LONGEST).toWellFormed()}…`;
}
