/** Queries of every class, made of the words that an index holds: each class has distinct ones, none is asked twice. */
import { Database } from "bun:sqlite";

export type QueryClass = { readonly name: string; readonly queries: readonly string[] };

type Word = { readonly term: string; readonly doc: number };

/** Queries made for each class. */
const EACH = 120;

/** Reads the vocabulary of the fullest shards of search.db. `seed` chooses the queries. */
export function queryClasses(path: string, seed = 1): QueryClass[] {
  const { words, rows } = vocabulary(path);
  const share = ({ doc }: Word) => doc / rows;
  const within = (test: (word: Word) => boolean) => words.filter(test).map(({ term }) => term);
  const over = within((word) => share(word) > 0.1);
  const common = within((word) => share(word) <= 0.1 && share(word) > 0.01);
  const medium = within((word) => share(word) <= 0.01 && share(word) > 0.001);
  const rare = within(({ doc }) => doc <= 5);
  const pick = picker(seed);
  const of = (list: readonly string[]) => list[pick(list.length)]!;
  const days = () =>
    `${2026 - pick(2)}-${String(1 + pick(12)).padStart(2, "0")}-${String(1 + pick(28)).padStart(2, "0")}`;
  const tools = ["bash", "edit", "read", "write", "grep", "shell", "exec_command"];
  const make: Readonly<Record<string, () => string>> = {
    "over 10 % of rows": () => of(over),
    common: () => of(common),
    medium: () => of(medium),
    rare: () => of(rare),
    absent: () => `qq${of(rare)}zzx${pick(1000)}`,
    "AND of 2 common": () => `${of(common)} ${of(over)}`,
    "AND of 3 common": () => `${of(common)} ${of(over)} ${of(common)}`,
    "common AND rare": () => `${of(over)} ${of(rare)}`,
    OR: () => `${of(common)} OR ${of(medium)} OR ${of(over)}`,
    NOT: () => `${of(common)} -${of(over)}`,
    "phrase of common words": () => `"${of(over)} ${of(over)}"`,
    "phrase of rare words": () => `"${of(rare)} ${of(rare)}"`,
    "prefix of 2": () => `${of(common).slice(0, 2)}*`,
    "prefix of 3": () => `${of(medium).slice(0, 3)}*`,
    "prefix of 5": () => `${of(medium.filter((word) => word.length > 5)).slice(0, 5)}*`,
    "tool:": () => `tool:${tools[pick(tools.length)]} after:${days()}`,
    "tool: and common": () => `tool:${tools[pick(tools.length)]} ${of(common)}`,
    "role: and common": () => `role:${["user", "assistant", "tool"][pick(3)]} ${of(common)}`,
    "file:": () => `file:${of(medium.filter((word) => word.length > 4))}`,
    "file: and common": () => `file:${["src", "test", "lib", "index"][pick(4)]} ${of(common)}`,
    "agent: and common": () => `agent:${["claude", "codex"][pick(2)]} ${of(common)}`,
    "project: and common": () => `project:project-${String(pick(20)).padStart(2, "0")} ${of(common)}`,
    "has: is: tag: and common": () => `${["has:error", "is:ended", "-tag:none", "-is:pinned"][pick(4)]} ${of(common)}`,
    "dates, new, and common": () => `after:${30 + pick(300)}d ${of(common)}`,
    "dates, old, and common": () => `before:${days()} ${of(common)}`,
    "never together": () => `${of(rare)} ${of(rare)}`,
    question: () => `how did i ${of(medium)} the ${of(common)} in ${of(medium)} with ${of(rare)}`,
    misspelt: () => swapped(of(medium.filter((word) => /^[a-z]{5,}$/.test(word))), pick),
    "mixed OR": () => `(agent:claude ${of(common)}) OR (agent:codex ${of(medium)})`,
  };
  return Object.entries(make).map(([name, one]) => ({ name, queries: distinct(one) }));
}

function distinct(make: () => string): string[] {
  const queries = new Set<string>();
  for (let tries = 0; tries < EACH * 20 && queries.size < EACH; tries++) queries.add(make());
  return [...queries];
}

const swapped = (word: string, pick: (n: number) => number) => {
  const at = 1 + pick(word.length - 2);
  return word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2);
};

function vocabulary(path: string): { readonly words: Word[]; readonly rows: number } {
  const db = new Database(path, { readonly: true });
  try {
    const shard = db
      .query<{ id: number; next: number }, []>("SELECT id, next FROM shards ORDER BY next DESC LIMIT 1")
      .get()!;
    db.run(`CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, f${shard.id}, row)`);
    const sql = "SELECT term, doc FROM temp.words WHERE term GLOB '[a-z]*' AND length(term) BETWEEN 3 AND 20";
    return { words: db.query<Word, []>(sql).all(), rows: shard.next };
  } finally {
    db.close();
  }
}

/** mulberry32 */
function picker(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}
