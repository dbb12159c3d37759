/**
 * Deriving everything again from the archived bytes, a little at a time: what is left to do stands in a setting, so that a
 * process that dies goes on where it was. First the usage of the sessions concerned is forgotten (copies charge each other:
 * one session's calls cannot be counted anew alone), then session after session is emptied and derived again.
 */
import type { Database } from "bun:sqlite";
import { putSetting, readSetting } from "./settings.ts";
import { resetSession } from "./session-state.ts";
import type { Effects } from "./write.ts";

/** `versions`: parsers by name whose sessions are concerned, at which version; null = all sessions. Rows up to `after` are done. */
type Run = {
  readonly phase: "usage" | "sessions";
  readonly after: number;
  readonly upTo: number;
  readonly versions: Readonly<Record<string, number>> | null;
};

/** What a step did. `sessions` = row numbers of those that are to be derived anew. */
export type ReindexStep = { readonly sessions: readonly number[]; readonly done: boolean };

const KEY = "reindex";
/** Rows deleted in one transaction: 20,000 at once hold the writer for 60 ms, these for about 10. */
const ROWS = 3000;
/** A step ends after this many milliseconds, or when this many bytes wait to be derived. */
const STEP_MS = 12;
const STEP_BYTES = 4 * 1024 * 1024;

/** Command: everything is to be derived anew. Returns how many sessions. */
export function reindexAll(db: Database, _: null, effects: Effects): number {
  begin(db, null);
  db.run("UPDATE sources SET role = 'new' WHERE role = 'other' AND discarded = 0");
  db.run("UPDATE sources SET derived_through = 0 WHERE role = 'sidecar'");
  effects.rederive();
  return db.query<{ n: number }, []>("SELECT count(*) AS n FROM sessions").get()!.n;
}

/** At start: sessions whose sources were parsed by an older version of their parser are to be derived anew. */
export function resetOutdated(db: Database, versions: ReadonlyMap<string, number>): void {
  for (const [name, version] of versions) placeAnew(db, name, version);
  const old: Record<string, number> = {};
  for (const { name, parser_version } of parsedBy(db)) {
    const version = versions.get(name) ?? 0;
    if (parser_version < version) old[name] = version;
  }
  const run = readRun(db);
  const covered = Object.entries(old).every(([name, version]) => run?.versions?.[name] === version);
  if (Object.keys(old).length === 0 || (run?.versions && covered)) return;
  begin(db, run && run.versions === null ? null : { ...run?.versions, ...old });
}

/** What no older parser knew whose it is, a newer one may know. Looked at once a version. */
function placeAnew(db: Database, name: string, version: number) {
  db.query(
    `UPDATE sources SET role = 'new', parser_version = ?2
     WHERE provider = ?1 AND role = 'other' AND discarded = 0 AND parser_version < ?2`,
  ).run(name, version);
}

/** The JSON form has a parser of its own, whichever agent it speaks of. */
const PARSER = "iif(path LIKE 'event:%', 'event', provider)";

function parsedBy(db: Database) {
  return db
    .query<{ name: string; parser_version: number }, []>(
      `SELECT ${PARSER} AS name, min(parser_version) AS parser_version FROM sources
       WHERE session IS NOT NULL AND role IN ('main', 'plain') AND derived_through > 0 GROUP BY 1`,
    )
    .all();
}

function begin(db: Database, versions: Run["versions"]) {
  const { last } = db.query<{ last: number }, []>("SELECT coalesce(max(id), 0) AS last FROM sessions").get()!;
  writeRun(db, { phase: "usage", after: 0, upTo: last, versions });
}

function readRun(db: Database): Run | null {
  const text = readSetting(db, KEY);
  // Written by writeRun only.
  return text === null ? null : (JSON.parse(text) as Run);
}

function writeRun(db: Database, run: Run | null) {
  putSetting(db, { key: KEY, value: run && JSON.stringify(run) });
}

/** Bytes of the sessions that are still to be emptied; 0 when nothing is under way. */
export function reindexLeft(db: Database): number {
  const run = readRun(db);
  if (!run) return 0;
  const sql = `SELECT coalesce(sum(through), 0) AS n FROM sources
    WHERE session > ? AND session <= ? AND role IN ('main', 'plain') AND (?3 IS NULL OR ${PARSER} IN (SELECT value FROM json_each(?3)))`;
  const names = run.versions && JSON.stringify(Object.keys(run.versions));
  // One, should nothing but empty sessions be left: it is not over.
  return 1 + db.query<{ n: number }, [number, number, string | null]>(sql).get(run.after, run.upTo, names)!.n;
}

/** Does a few milliseconds of what is left; null when nothing is. Inside a transaction. */
export function reindexStep(db: Database, touched: (session: number) => void): ReindexStep | null {
  const run = readRun(db);
  if (!run) return null;
  if (run.phase === "usage") {
    if (dropSomeUsage(db, run) === 0) writeRun(db, { ...run, phase: "sessions" });
    return { sessions: [], done: false };
  }
  const sessions: number[] = [];
  const started = performance.now();
  let { after } = run;
  let bytes = 0;
  while (performance.now() - started < STEP_MS && bytes < STEP_BYTES) {
    const next = nextSession(db, after, run);
    if (next === null) {
      writeRun(db, null);
      return { sessions, done: true };
    }
    if (next.concerned && !emptied(db, next.id)) break;
    after = next.id;
    if (!next.concerned) continue;
    resetSession(db, next.id);
    db.query("INSERT INTO changes (kind, session) VALUES ('rebuilt', ?)").run(next.id);
    touched(next.id);
    sessions.push(next.id);
    bytes += next.bytes;
  }
  writeRun(db, { ...run, after });
  return { sessions, done: false };
}

type Next = { readonly id: number; readonly concerned: boolean; readonly bytes: number };

function nextSession(db: Database, after: number, { upTo, versions }: Run): Next | null {
  const row = db
    .query<{ id: number }, [number, number]>("SELECT id FROM sessions WHERE id > ? AND id <= ? ORDER BY id LIMIT 1")
    .get(after, upTo);
  if (!row) return null;
  const sources = db
    .query<{ name: string; through: number }, [number]>(
      `SELECT ${PARSER} AS name, through FROM sources WHERE session = ? AND role IN ('main', 'plain')`,
    )
    .all(row.id);
  const concerned = versions === null || sources.some(({ name }) => versions[name] !== undefined);
  return { id: row.id, concerned, bytes: sources.reduce((sum, { through }) => sum + through, 0) };
}

/** Takes the last events away; true when none is left. */
function emptied(db: Database, session: number): boolean {
  const from = db
    .query<{ position: number }, [number, number]>(
      "SELECT position FROM events WHERE session = ? ORDER BY position DESC LIMIT 1 OFFSET ?",
    )
    .get(session, ROWS);
  if (!from) return true;
  db.query("DELETE FROM events WHERE session = ? AND position >= ?").run(session, from.position);
  return false;
}

/** Returns how many calls were forgotten. */
function dropSomeUsage(db: Database, { upTo, versions }: Run): number {
  const names = versions && JSON.stringify(Object.keys(versions));
  const rows = db
    .query<{ id: number; hi: number; lo: number }, [number, string | null, number]>(
      `SELECT id, key >> 30 AS hi, key & 1073741823 AS lo FROM usage WHERE session <= ?1 AND (?2 IS NULL OR session IN
       (SELECT id FROM sessions WHERE provider IN (SELECT value FROM json_each(?2)))) LIMIT ?3`,
    )
    .all(upTo, names, ROWS);
  const owner = db.query("DELETE FROM usage_owners WHERE key = (? << 30) | ?");
  const call = db.query("DELETE FROM usage WHERE id = ?");
  for (const { id, hi, lo } of rows) {
    owner.run(hi, lo);
    call.run(id);
  }
  // Row numbers after the last one are given again.
  db.run("UPDATE archive SET usage_through = min(usage_through, (SELECT coalesce(max(id), 0) FROM usage))");
  return rows.length;
}
