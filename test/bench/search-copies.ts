/** Ten times the events of an archive, put straight into the database: every session again, half a year earlier each time. */
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startServer } from "../support/server.ts";
import { rested } from "./search-home.ts";
import type { SearchHome } from "./search-home.ts";

const HALF_YEAR_MS = 180 * 86_400_000;

/** The archive in `dir`, made of `from` when it is missing; `copies` with the first. The product builds its index. */
export async function copiedHome(dir: string, from: SearchHome, copies: number): Promise<SearchHome> {
  const [home, data, note] = [join(dir, "home"), join(dir, "lh"), join(dir, "bench.json")];
  if (existsSync(note)) return { home, data, ...(JSON.parse(readFileSync(note, "utf8")) as { raw: number }) };
  const ready = join(dir, "filled");
  if (!existsSync(ready)) {
    rmSync(data, { recursive: true, force: true });
    for (const made of [home, data]) mkdirSync(made, { recursive: true });
    fill(from, data, copies);
    writeFileSync(ready, "");
  }
  const began = performance.now();
  const server = await startServer({ home, data });
  await rested(server);
  await server.stop();
  console.error(`indexed and merged in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const raw = from.raw * copies;
  writeFileSync(note, JSON.stringify({ raw }));
  return { home, data, raw };
}

/** Puts the copies into a database of their own in `data`. */
export function fill(from: SearchHome, data: string, copies: number) {
  const source = new Database(join(from.data, "longhouse.db"));
  source.run("PRAGMA wal_checkpoint(TRUNCATE)");
  source.close();
  for (const name of ["longhouse.db", "token"]) copyFileSync(join(from.data, name), join(data, name));
  const db = new Database(join(data, "longhouse.db"));
  db.run("PRAGMA synchronous = OFF");
  db.run("PRAGMA cache_size = -500000");
  const top = (table: string) => db.query<{ n: number }, []>(`SELECT max(id) AS n FROM ${table}`).get()!.n;
  const [sources, sessions] = [top("sources"), top("sessions")];
  for (let n = 1; n < copies; n++) {
    db.transaction(() => {
      const by = { sources: n * sources, sessions: n * sessions, time: n * HALF_YEAR_MS };
      again(db, "sources", sources, {
        id: `id + ${by.sources}`,
        path: `path || '.${n}'`,
        session: `session + ${by.sessions}`,
      });
      again(db, "source_blocks", sources, { source: `source + ${by.sources}` }, "source");
      again(db, "sessions", sessions, {
        id: `id + ${by.sessions}`,
        uuid: `'${String(n).padStart(8, "0")}' || substr(uuid, 9)`,
        psid: `'${String(n).padStart(8, "0")}' || substr(psid, 9)`,
        started_at: `started_at - ${by.time}`,
        last_event_at: `last_event_at - ${by.time}`,
        active_at: `active_at - ${by.time}`,
      });
      again(
        db,
        "events",
        sessions,
        { session: `session + ${by.sessions}`, source: `source + ${by.sources}`, at: `at - ${by.time}` },
        "session",
      );
    })();
    console.error(`copy ${n} of ${copies - 1}`);
  }
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

/** Every row of a table up to number `most` once more, some columns changed. */
function again(db: Database, table: string, most: number, change: Readonly<Record<string, string>>, by = "id") {
  const columns = db
    .query<{ name: string; hidden: number }, []>(`PRAGMA table_xinfo(${table})`)
    .all()
    .filter(({ hidden }) => hidden === 0)
    .map(({ name }) => name);
  const values = columns.map((name) => change[name] ?? name);
  db.run(
    `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM ${table} WHERE ${by} <= ${most}`,
  );
}
