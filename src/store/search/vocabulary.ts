/** The words of titles and of the newest shards, to find what was meant by one that is misspelt. */
import type { Database } from "bun:sqlite";
import { distance, slipsOf } from "../../domain/spelling.ts";
import { openForReading } from "../open.ts";
import { isDamage } from "./schema.ts";

/** Tables looked into, and how long, milliseconds: words are read by their first letters. */
const TABLES = 5;
const BUDGET_MS = 2.5;
const ALIKE_MAX = 3;
/** Letters and digits of one script without marks, as the index holds them. */
const PLAIN = /^[a-z][a-z0-9_]{3,31}$/;

type WordRow = { readonly term: string; readonly doc: number };

export type Vocabulary = {
  /** Up to three words of these tables that are spelt like this one, the likeliest first; [] when it stands there itself. */
  alike(word: string, tables: readonly string[]): readonly string[];
  close(): void;
};

/** `path` is that of search.db. A connection of its own, opened when first asked: a snapshot's end would undo its tables. */
export function makeVocabulary(path: string): Vocabulary {
  const made = new Set<string>();
  let opened: Database | null = null;
  const wordsOf = (db: Database, table: string): string => {
    if (!made.has(table)) db.run(`CREATE VIRTUAL TABLE temp.v_${table} USING fts5vocab(main, ${table}, row)`);
    made.add(table);
    return `temp.v_${table}`;
  };
  /** None of a table that is gone meanwhile. */
  const between = (table: string, from: string, to: string): WordRow[] => {
    const db = (opened ??= openVocabulary(path));
    try {
      const sql = `SELECT term, doc FROM ${wordsOf(db, table)} WHERE term >= ? AND term < ?`;
      return db.query<WordRow, [string, string]>(sql).all(from, to);
    } catch (error) {
      if (isDamage(error)) return [];
      throw error;
    }
  };

  return {
    alike(text, tables) {
      const word = text.toLowerCase();
      const slips = slipsOf(word);
      if (!PLAIN.test(word) || slips === 0) return [];
      const until = performance.now() + BUDGET_MS;
      const found = new Map<string, { off: number; doc: number }>();
      for (const table of tables.slice(0, TABLES)) {
        for (const start of beginnings(word)) {
          if (performance.now() > until) return likeliest(found);
          for (const { term, doc } of between(table, start, `${start}\u{10ffff}`)) {
            if (term === word) return [];
            const off = distance(word, term, slips);
            if (off <= slips) found.set(term, { off, doc: doc + (found.get(term)?.doc ?? 0) });
          }
        }
      }
      return likeliest(found);
    },
    close: () => opened?.close(),
  };
}

/** Temporary tables write nothing to the file, but SQLite counts them as writes. */
function openVocabulary(path: string): Database {
  const db = openForReading(path, 1000);
  db.run("PRAGMA query_only = 0");
  return db;
}

/** Two letters: as they stand, swapped, and with the second one missing or too many. */
function beginnings(word: string): Set<string> {
  return new Set([word.slice(0, 2), word[0]! + word[2]!, word[1]! + word[0]!]);
}

function likeliest(found: ReadonlyMap<string, { readonly off: number; readonly doc: number }>): string[] {
  const sorted = [...found].toSorted(
    ([a, one], [b, other]) => one.off - other.off || other.doc - one.doc || (a < b ? -1 : 1),
  );
  const nearest = sorted[0]?.[1].off;
  return sorted
    .filter(([, { off }]) => off === nearest)
    .slice(0, ALIKE_MAX)
    .map(([term]) => term);
}
