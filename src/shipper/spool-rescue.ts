/** What can still be read of the payloads in a damaged spool goes into the new one: it may stand nowhere else. */
import { Database } from "bun:sqlite";
import type { Spool } from "./spool.ts";

type Archive = { readonly id: number; readonly archive_id: string; readonly url: string };
type Row = Record<string, string | number | Uint8Array | null>;

const COLUMNS = [
  "archive",
  "provider",
  "path",
  "generation",
  "start",
  "length",
  "aside",
  "mtime",
  "next",
  "sum",
  "stored",
  "bytes",
] as const;

/** Gives the number of pieces that were saved, and whether all that there were could be read. Never throws. */
export function rescuePayloads(damaged: string, spool: Spool): { readonly saved: number; readonly all: boolean } {
  let db: Database | null = null;
  try {
    db = new Database(damaged, { readwrite: true, create: false, strict: true });
    const archives = archivesIn(db, spool);
    const ids = db.query<{ last: number | null }, []>("SELECT max(id) AS last FROM payloads").get()?.last ?? 0;
    let saved = 0;
    let all = true;
    for (let id = 1; id <= ids; id++) {
      const row = readRow(db, id);
      if (row === "unreadable") all = false;
      else if (row) saved += put(spool, { ...row, archive: archives.get(Number(row["archive"])) ?? null });
    }
    return { saved, all };
  } catch {
    return { saved: 0, all: false };
  } finally {
    db?.close();
  }
}

/** The archives of the new spool by their numbers in the old one; each is compared when it is met. */
function archivesIn(db: Database, spool: Spool): ReadonlyMap<number, number> {
  const put = spool.db.query("INSERT OR IGNORE INTO archives (archive_id, epoch, url) VALUES (?, -1, ?)");
  const find = spool.db.query<{ id: number }, [string]>("SELECT id FROM archives WHERE archive_id = ?");
  const rows = db.query<Archive, []>("SELECT id, archive_id, url FROM archives ORDER BY id").all();
  return new Map(
    rows.map(({ id, archive_id, url }) => {
      put.run(archive_id, url);
      return [id, find.get(archive_id)!.id];
    }),
  );
}

function readRow(db: Database, id: number): Row | null | "unreadable" {
  try {
    return db.query<Row, [number]>(`SELECT ${COLUMNS.join(", ")} FROM payloads WHERE id = ?`).get(id);
  } catch {
    return "unreadable";
  }
}

function put(spool: Spool, row: Row): number {
  if (row["archive"] === null) return 0;
  const marks = COLUMNS.map(() => "?").join(", ");
  spool.db
    .query(`INSERT INTO payloads (${COLUMNS.join(", ")}) VALUES (${marks})`)
    .run(...COLUMNS.map((name) => row[name] ?? null));
  return 1;
}
