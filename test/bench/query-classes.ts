/** Queries of every class, made of the words that an index holds: each class has distinct ones, none is asked twice. */
import { Database } from "bun:sqlite";
import { join } from "node:path";

export type QueryClass = { readonly name: string; readonly queries: readonly string[] };

type Word = { readonly term: string; readonly doc: number };

/** Queries made for each class. */
const EACH = 120;

/** Reads the words of the fullest shard and the sessions of the archive in `data`. `seed` chooses the queries. */
export function queryClasses(data: string, seed = 1): QueryClass[] {
  const search = new Database(join(data, "search.db"), { readonly: true });
  const archive = new Database(join(data, "longhouse.db"), { readonly: true });
  try {
    const pick = picker(seed);
    const words = wordsOf(search, pick);
    const make = { ...plain(words, pick), ...operators(words, namesOf(archive), pick) };
    return Object.entries(make).map(([name, one]) => ({ name, queries: distinct(one) }));
  } finally {
    search.close();
    archive.close();
  }
}

type Words = {
  readonly over: () => string;
  readonly common: () => string;
  readonly medium: () => string;
  readonly rare: () => string;
  readonly apart: () => string;
};
type Makers = Readonly<Record<string, () => string>>;
type Pick = (n: number) => number;

function plain({ over, common, medium, rare, apart }: Words, pick: Pick): Makers {
  const long = (length: number) => until(medium, (word) => word.length >= length);
  return {
    "over 10 % of rows": over,
    common,
    medium,
    rare,
    absent: () => `qq${rare()}zzx${pick(1000)}`,
    "AND of 2 common": () => `${common()} ${over()}`,
    "AND of 3 common": () => `${common()} ${over()} ${common()}`,
    "common AND rare": () => `${over()} ${rare()}`,
    OR: () => `${common()} OR ${medium()} OR ${over()}`,
    NOT: () => `${common()} -${over()}`,
    "phrase of common words": () => `"${over()} ${over()}"`,
    "phrase of rare words": () => `"${rare()} ${rare()}"`,
    "prefix of 2": () => `${common().slice(0, 2)}*`,
    "prefix of 3": () => `${medium().slice(0, 3)}*`,
    "prefix of 5": () => `${long(6).slice(0, 5)}*`,
    "never together": apart,
    question: () => `how did i ${medium()} the ${common()} in ${medium()} with ${rare()}`,
    misspelt: () =>
      swapped(
        until(medium, (word) => /^[a-z]{5,}$/.test(word)),
        pick,
      ),
    "mixed OR": () => `(agent:claude ${common()}) OR (agent:codex ${medium()})`,
  };
}

/** Each alone and with a common word; where there are few values, the times they stand in differ. */
function operators({ common, medium }: Words, names: Names, pick: Pick): Makers {
  const of = (list: readonly string[]) => list[pick(list.length)]!;
  const day = (from: number, to: number) =>
    new Date(from + pick(1000) * ((to - from) / 1000)).toISOString().slice(0, 10);
  const { first, last } = names;
  const month = 30 * 86_400_000;
  const values: Makers = {
    agent: () => `agent:${of(["claude", "codex"])}`,
    project: () => `project:${of(names.projects)}`,
    tool: () => `tool:${of(names.tools)}`,
    file: () => `file:${of([...names.files, until(medium, (word) => word.length > 4)])}`,
    branch: () => `branch:${of(names.branches)}`,
    device: () => `device:${of(names.devices)}`,
    role: () => `role:${of(["user", "assistant", "tool"])}`,
    is: () => of(["is:ended", "is:pinned", "-is:pinned", "-is:live", "is:unread"]),
    has: () => of(["has:error", "has:image", "-has:error", "has:changes"]),
    tag: () => `${of(["", "-"])}tag:${of(names.tags)}`,
    session: () => `session:${of(names.sessions).slice(0, 6 + pick(6))}`,
  };
  const few = new Set(["agent", "project", "tool", "role", "device", "is", "has"]);
  const alone = Object.entries(values).map(([name, value]) => [
    `${name}: alone`,
    () => (few.has(name) ? `${value()} ${of(["after", "before"])}:${day(first + month, last - month)}` : value()),
  ]);
  const beside = Object.entries(values).map(([name, value]) => [`${name}: and common`, () => `${value()} ${common()}`]);
  return {
    ...Object.fromEntries([...alone, ...beside]),
    "after: alone": () => `after:${day(first, last)}`,
    "before: alone": () => `before:${day(first + month, last + month)}`,
    "dates, new, and common": () => `after:${day(last - 2 * month, last - 86_400_000)} ${common()}`,
    "dates, old, and common": () => `before:${day(first + 86_400_000, first + 2 * month)} ${common()}`,
    "dates, between, and common": () =>
      `after:${day(first, first + month)} before:${day(last - month, last)} ${common()}`,
  };
}

type Names = ReturnType<typeof namesOf>;

function namesOf(db: Database) {
  const all = (sql: string) => (db.query<unknown, []>(sql).values() as [string][]).map(([value]) => value);
  const { first, last } = db
    .query<{ first: number; last: number }, []>(
      "SELECT min(started_at) AS first, max(last_event_at) AS last FROM sessions WHERE events > 0",
    )
    .get()!;
  return {
    first,
    last,
    projects: all("SELECT DISTINCT project FROM sessions WHERE project IS NOT NULL"),
    branches: all("SELECT DISTINCT git_branch FROM sessions WHERE git_branch IS NOT NULL"),
    devices: all("SELECT device_id FROM devices"),
    tags: all("SELECT DISTINCT value FROM sessions, json_each(tags) WHERE tags <> '[]'"),
    sessions: all("SELECT uuid FROM sessions ORDER BY id DESC LIMIT 5000"),
    tools: all("SELECT name FROM names WHERE id IN (SELECT DISTINCT tool FROM (SELECT tool FROM events LIMIT 50000))"),
    files: ["src", "test", "lib", "index", "*.md", "package.json"],
  };
}

function until(make: () => string, test: (word: string) => boolean): string {
  for (let tries = 0; tries < 1000; tries++) {
    const word = make();
    if (test(word)) return word;
  }
  throw new Error("no such word");
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

/** How many rows of a shard hold a word; those of the fullest shard count. */
function wordsOf(db: Database, pick: Pick): Words {
  const shards = db.query<{ id: number; next: number }, []>("SELECT id, next FROM shards ORDER BY next DESC").all();
  const { id, next: rows } = shards[0]!;
  db.run(`CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, f${id}, row)`);
  const sql = "SELECT term, doc FROM temp.words WHERE term GLOB '[a-z]*' AND length(term) BETWEEN 3 AND 20";
  const words = db.query<Word, []>(sql).all();
  const share = ({ doc }: Word) => doc / rows;
  const some = (test: (word: Word) => boolean) => {
    const list = words.filter(test).map(({ term }) => term);
    return () => list[pick(list.length)]!;
  };
  const medium = some((word) => share(word) <= 0.01 && share(word) > 0.001);
  const tables = shards.slice(0, APART_SHARDS).map((shard) => `f${shard.id}`);
  return {
    over: some((word) => share(word) > 0.1),
    common: some((word) => share(word) <= 0.1 && share(word) > 0.01),
    medium,
    rare: some(({ doc }) => doc <= 5),
    apart: () => {
      for (;;) {
        const [one, other] = [medium(), medium()];
        if (one !== other && tables.every((table) => !areTogether(db, table, one, other))) return `${one} ${other}`;
      }
    },
  };
}

/** Words that never stand in one row of so many shards are taken for words that never do. */
const APART_SHARDS = 40;

function areTogether(db: Database, table: string, one: string, other: string): boolean {
  return db.query(`SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT 1`).get(`"${one}" AND "${other}"`) !== null;
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
