/** Times that other programs wrote. */

/** A time of day without a zone behind it. */
const NAIVE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/;

/** Milliseconds UTC. A time without its zone is UTC, wherever this runs: `Date.parse` takes this machine's. NaN when it is none. */
export function parseTime(text: string): number {
  if (text.endsWith("Z")) return Date.parse(text);
  const naive = NAIVE.exec(text);
  return Date.parse(naive ? `${naive[1]}T${naive[2]}Z` : text);
}
