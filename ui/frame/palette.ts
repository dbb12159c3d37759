/** What the palette offers for what is typed: which entries, in which order. Pure. */
import type { IconName } from "../kit/Icon.tsx";

export type Entry = {
  /** Unique among all entries: the mark stays on it when others come and go. */
  readonly id: string;
  readonly group: "Recent sessions" | "Go to" | "Filter by" | "Do" | "Settings" | "Sessions";
  readonly label: string;
  /** Said beside it: a project, a count, a key. */
  readonly note?: string;
  /** Found by these too, though they are not shown. */
  readonly words?: string;
  readonly icon?: IconName;
  /** Of a session: its agent, shown by its mark. */
  readonly provider?: string;
} & ({ readonly href: string } | { readonly act: () => void });

const MOST = { empty: 24, typed: 7 };

/** Local entries for a text, best first: those that begin with it, then words that do, then its letters in order. */
export function matching(entries: readonly Entry[], text: string): readonly Entry[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return entries.filter((entry) => entry.group !== "Filter by").slice(0, MOST.empty);
  return entries
    .map((entry, index) => ({ entry, index, worth: worth(entry, wanted) }))
    .filter(({ worth }) => worth > 0)
    .toSorted((a, b) => b.worth - a.worth || a.index - b.index)
    .slice(0, MOST.typed)
    .map(({ entry }) => entry);
}

/** 0 = does not match. */
export function worth({ label, words = "" }: Pick<Entry, "label" | "words">, wanted: string): number {
  const text = label.toLowerCase();
  if (text === wanted) return 6;
  if (text.startsWith(wanted)) return 5;
  if (startsWord(text, wanted)) return 4;
  if (startsWord(words.toLowerCase(), wanted)) return 3;
  if (text.includes(wanted)) return 2;
  return initials(text, wanted) ? 1 : 0;
}

const startsWord = (text: string, wanted: string): boolean =>
  text.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted)) || ` ${text}`.includes(` ${wanted}`);

/** "tl" finds "Theme: light": each letter begins a word, or goes on in the one before. */
function initials(text: string, wanted: string): boolean {
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const from = (at: number, rest: string): boolean => {
    if (rest === "") return true;
    return words.slice(at).some((word, skipped) => {
      for (let length = Math.min(word.length, rest.length); length > 0; length--)
        if (word.startsWith(rest.slice(0, length)) && from(at + skipped + 1, rest.slice(length))) return true;
      return false;
    });
  };
  // Long texts are no abbreviations, and would cost time.
  return wanted.length <= 8 && from(0, wanted);
}

/** Entries under the heads of their groups, in the order in which the groups first come. */
export function grouped(entries: readonly Entry[]): readonly { readonly name: string; readonly entries: Entry[] }[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups].map(([name, list]) => ({ name, entries: list }));
}

/** The id to mark after the list changed: the same if it is still there, else the first; null for an empty list. */
export function markAfter(entries: readonly Entry[], marked: string | null): string | null {
  return entries.some((entry) => entry.id === marked) ? marked : (entries[0]?.id ?? null);
}

/** The id `by` places further, stopping at the ends. */
export function moved(entries: readonly Entry[], marked: string | null, by: number): string | null {
  const at = entries.findIndex((entry) => entry.id === marked);
  return entries[Math.max(0, Math.min(entries.length - 1, at + by))]?.id ?? null;
}
