/** What anybody gets from FTS5 in an afternoon: one table of all events and titles, `ORDER BY rank`. */
import { Database } from "bun:sqlite";
import { takeApart } from "../../src/domain/words.ts";
import { nextPosition, readEvents, titleText } from "../../src/store/search/follow.ts";

type Row = { readonly id: number; readonly name: string };

/** Reads the archive's main sessions into a table in memory. Gives a search for the first 20 sessions' keys. */
export function makeBaseline(archive: Database): (query: string) => string[] {
  const db = new Database(":memory:");
  db.run("CREATE VIRTUAL TABLE f USING fts5(t, session UNINDEXED)");
  const sql = "SELECT id, provider || ':' || psid AS name FROM sessions WHERE kind NOT IN ('subagent', 'internal')";
  const insert = db.prepare("INSERT INTO f VALUES (?, ?)");
  for (const { id, name } of archive.query<Row, []>(sql).all())
    for (const text of textsOf(archive, id)) insert.run(text, name);
  const find = db.prepare<unknown, [string]>("SELECT session FROM f WHERE f MATCH ? ORDER BY rank");
  return (query) => {
    const words = query.match(/[^\s"]+/g) ?? [];
    const rows = find.values(words.map((word) => `"${word}"`).join(" ")) as [string][];
    return [...new Set(rows.map(([name]) => name))].slice(0, 20);
  };
}

function textsOf(archive: Database, session: number): string[] {
  const texts = [titleText(archive, session) ?? ""];
  const end = nextPosition(archive, session);
  for (let at = 0; at < end;) {
    const { events, upto } = readEvents(archive, session, at, end);
    texts.push(...events.map(({ text }) => takeApart(text).text));
    at = upto;
  }
  return texts.filter((text) => text !== "");
}
