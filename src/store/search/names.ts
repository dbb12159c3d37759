/** What people mean by the value of an operator: names in any case, beginnings with `*`, ids by their first letters. */
import type { Database } from "bun:sqlite";

export type NamedColumn = "provider" | "project" | "branch" | "device_id" | "tag";

export type Names = {
  /** The values that are meant, as they stand in the archive; the value itself when there is none like it. */
  like(column: NamedColumn, value: string): readonly string[];
  /** Row numbers of tools of that name, in any case; `mcp__*` is a beginning. */
  tools(names: readonly string[]): readonly number[];
  /** Ids of sessions that begin so, ours or the agent's own; at most 100. */
  sessions(beginning: string): readonly string[];
};

/** Values are looked up anew after so long, when the archive has changed. Milliseconds. */
const FRESH_MS = 1000;
const SESSIONS_MAX = 100;

const VALUES: Readonly<Record<NamedColumn, string>> = {
  provider: "SELECT DISTINCT provider AS value FROM sessions",
  project: "SELECT DISTINCT project AS value FROM sessions WHERE project IS NOT NULL",
  branch: "SELECT DISTINCT git_branch AS value FROM sessions WHERE git_branch IS NOT NULL",
  device_id: "SELECT device_id AS value FROM devices",
  tag: "SELECT DISTINCT t.value AS value FROM sessions s, json_each(s.tags) t WHERE s.tags <> '[]'",
};

type Kept = { readonly values: readonly string[]; readonly known: ReadonlySet<string>; readonly at: number };

/** `db` is longhouse.db. */
export function makeNames(db: Database, now: () => number = () => performance.now()): Names {
  const kept = new Map<NamedColumn, Kept>();
  const valuesOf = (column: NamedColumn): Kept => {
    const old = kept.get(column);
    if (old && now() - old.at < FRESH_MS) return old;
    const values = db
      .query<{ value: string }, []>(VALUES[column])
      .all()
      .map(({ value }) => value);
    const made = { values, known: new Set(values), at: now() };
    kept.set(column, made);
    return made;
  };

  return {
    like(column, value) {
      // An exact name needs no look at the others, whatever was added meanwhile.
      if (kept.get(column)?.known.has(value)) return [value];
      const { values, known } = valuesOf(column);
      if (known.has(value)) return [value];
      const found = values.filter(isLike(value));
      return found.length > 0 ? found : [value];
    },
    tools(names) {
      const tests = names.map(isLike);
      const rows = db.query<{ id: number; name: string }, []>("SELECT id, name FROM names").all();
      return rows.filter(({ name }) => tests.some((test) => test(name))).map(({ id }) => id);
    },
    sessions(beginning) {
      const low = beginning.toLowerCase();
      // What is no character of an id would be one of LIKE or GLOB.
      if (!/^[0-9a-z_.:-]+$/.test(low)) return [];
      const found = byIndex(db, valuesOf("provider").values, new Set([low, beginning]));
      return found.length > 0 ? found : inAnyCase(db, low);
    },
  };
}

/** By our id, and by the agent's own as it was typed. */
function byIndex(db: Database, providers: readonly string[], beginnings: ReadonlySet<string>): string[] {
  const own = db.query<unknown, [string, string, number]>(
    "SELECT uuid FROM sessions WHERE provider = ?1 AND psid >= ?2 AND psid < ?2 || '~' LIMIT ?3",
  );
  const ours = db.query<unknown, [string, number]>(
    "SELECT uuid FROM sessions WHERE uuid >= ?1 AND uuid < ?1 || '~' LIMIT ?2",
  );
  const rows = [...beginnings].flatMap((start) => [
    ...ours.values(start, SESSIONS_MAX),
    ...providers.flatMap((provider) => own.values(provider, start, SESSIONS_MAX)),
  ]) as [string][];
  return [...new Set(rows.map(([uuid]) => uuid))].slice(0, SESSIONS_MAX);
}

/** Reads every session's id: 0.4 µs each. */
function inAnyCase(db: Database, low: string): string[] {
  const sql = "SELECT uuid FROM sessions WHERE lower(substr(psid, 1, length(?1))) = ?1 LIMIT ?2";
  return (db.query<unknown, [string, number]>(sql).values(low, SESSIONS_MAX) as [string][]).map(([uuid]) => uuid);
}

function isLike(value: string): (name: string) => boolean {
  const low = value.toLowerCase();
  if (low.endsWith("*")) return (name) => name.toLowerCase().startsWith(low.slice(0, -1));
  return (name) => name.toLowerCase() === low;
}
