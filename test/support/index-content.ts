/** What a search index says, apart from how it stands in the file: for comparing one index with another. */
import { Database } from "bun:sqlite";
import { spanAt, makeShardMap } from "../../src/store/search/shard-map.ts";

type Instance = { readonly term: string; readonly doc: number; readonly offset: number };

/** By session and position (`title` for its title): the words in order, with the place of each. Dead rows are left out. */
export function contentOf(path: string): Map<string, string> {
  const db = new Database(path);
  const map = makeShardMap(db);
  map.refresh();
  const words = new Map<string, string[]>();
  const note = (name: string, { term, offset }: Instance) => {
    const known = words.get(name);
    if (known) known.push(`${offset} ${term}`);
    else words.set(name, [`${offset} ${term}`]);
  };
  for (const spans of map.shards) {
    // An event without words has its place too.
    for (let i = 0; i < spans.count; i++)
      for (let n = 0; n < spans.n[i]!; n++) words.set(`${spans.session[i]}:${spans.position[i]! + n}`, []);
    for (const instance of instancesOf(db, `f${spans.shard.id}`)) {
      const i = spanAt(spans, instance.doc);
      if (i >= 0) note(`${spans.session[i]}:${spans.position[i]! + instance.doc - spans.first[i]!}`, instance);
    }
  }
  for (const instance of instancesOf(db, "titles")) note(`${instance.doc}:title`, instance);
  map.close();
  db.close();
  return new Map([...words].map(([name, all]) => [name, String(Bun.hash(all.toSorted().join("\n")))]));
}

function instancesOf(db: Database, table: string): Iterable<Instance> {
  db.run(`CREATE VIRTUAL TABLE temp.i_${table} USING fts5vocab(main, ${table}, instance)`);
  return db.query<Instance, []>(`SELECT term, doc, offset FROM temp.i_${table}`).iterate();
}
