/** What files beside the sessions (sidecars) say of them, remembered until their session is there. */
import type { Database } from "bun:sqlite";
import type { Facts, SessionKey } from "../domain/provider.ts";
import type { SourceRow } from "./sources.ts";

/** One thing a sidecar says: of a session, or (`under`) of all whose source lies in a folder. `facts` null: it is the session's. */
export type AsideRow = {
  readonly session: SessionKey | null;
  readonly under: string | null;
  readonly facts: Facts | null;
};

/** What counts for a session: `near` = from the session's own device; `under` "" when the session itself is named. */
export type Heard = {
  readonly facts: Facts;
  readonly path: string;
  readonly generation: number;
  readonly under: string;
  readonly near: number;
};

/** Sidecars whose bytes were not read yet, or by an older version of their parser (`versions` by its name). */
export function unreadSidecars(db: Database, versions: ReadonlyMap<string, number>): number[] {
  return db
    .query<{ id: number; provider: string; version: number; fresh: number }, []>(
      `SELECT id, provider, parser_version AS version, derived_through < through AS fresh FROM sources
       WHERE role = 'sidecar' AND discarded = 0`,
    )
    .all()
    .filter(({ provider, version, fresh }) => fresh || version < (versions.get(provider) ?? 0))
    .map(({ id }) => id);
}

/** Remembers that a sidecar was read through its last byte. */
export function setHeard(db: Database, { id, through }: SourceRow, version: number): void {
  db.query("UPDATE sources SET derived_through = ?, parser_version = ? WHERE id = ?").run(through, version, id);
}

/** Replaces what a file said, in whatever generation. Returns the sessions (row numbers) that anything was or is said of. */
export function replaceAsides(db: Database, source: SourceRow, rows: readonly AsideRow[]): number[] {
  const { device, provider, path } = source;
  const of = "SELECT id FROM sources WHERE device = ? AND provider = ? AND path = ?";
  const before = meant(db, source);
  db.query(`DELETE FROM asides WHERE source IN (${of})`).run(device, provider, path);
  const add = db.query("INSERT INTO asides VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  rows.forEach(({ session, under, facts }, n) => {
    const said = facts && JSON.stringify(facts);
    const [psid, agent] = [session?.id ?? null, session?.agent ?? null];
    add.run(source.id, n, provider, device, psid, agent, under, facts ? 0 : 1, said);
  });
  return [...new Set([...before, ...meant(db, source)])];
}

/** Sessions that the asides of a file mean. */
function meant(db: Database, { device, provider, path }: SourceRow): number[] {
  return db
    .query<{ id: number }, [number, string, string]>(
      // CROSS JOIN: in this order. The planner would begin with all sessions, or all sources.
      `SELECT s.id FROM sources f CROSS JOIN asides a ON a.source = f.id
         CROSS JOIN sessions s ON s.provider = ?2 AND s.psid = a.psid AND s.agent = a.agent
       WHERE f.device = ?1 AND f.provider = ?2 AND f.path = ?3
       UNION
       SELECT s.session FROM sources f CROSS JOIN asides a ON a.source = f.id AND a.under IS NOT NULL
         CROSS JOIN sources s ON s.device = ?1 AND s.provider = ?2 AND s.path > a.under || '/' AND s.path < a.under || '0'
       WHERE f.device = ?1 AND f.provider = ?2 AND f.path = ?3 AND s.session IS NOT NULL AND s.role IN ('main', 'plain')`,
    )
    .all(device, provider, path)
    .map((row) => row.id);
}

/** All that files say of a session. */
export function heardOf(db: Database, session: number): Heard[] {
  if (db.query("SELECT 1 FROM asides LIMIT 1").get() === null) return [];
  const folders = foldersOf(db, session);
  return db
    .query<Omit<Heard, "facts"> & { facts: string }, [number, string]>(
      `SELECT a.facts, f.path, f.generation, '' AS under, a.device = s.device AS near
       FROM sessions s JOIN asides a ON a.provider = s.provider AND a.psid = s.psid AND a.agent = s.agent
       JOIN sources f ON f.id = a.source WHERE s.id = ?1 AND a.psid IS NOT NULL AND a.facts IS NOT NULL
       UNION ALL
       SELECT a.facts, f.path, f.generation, a.under, 1
       FROM json_each(?2) j JOIN sessions s ON s.id = ?1
       JOIN asides a ON a.under = j.value ->> 'under' AND a.provider = s.provider AND a.device = j.value ->> 'device'
       JOIN sources f ON f.id = a.source WHERE a.under IS NOT NULL AND a.facts IS NOT NULL`,
    )
    .all(session, JSON.stringify(folders))
    .map((row) => ({ ...row, facts: JSON.parse(row.facts) as Facts }));
}

type Folder = { readonly device: number; readonly under: string };

/** Every folder that a source of the session lies in, by device. */
function foldersOf(db: Database, session: number): Folder[] {
  const sources = db
    .query<{ device: number; path: string }, [number]>(
      "SELECT device, path FROM sources WHERE session = ? AND role IN ('main', 'plain')",
    )
    .all(session);
  const found = new Map<string, Folder>();
  for (const { device, path } of sources)
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
      found.set(`${device}:${path.slice(0, end)}`, { device, under: path.slice(0, end) });
  return [...found.values()];
}

/** Gives sidecars to the session that they belong to, so that they go with it. */
export function adoptSidecars(db: Database, session: number): void {
  db.query(
    `UPDATE sources SET session = ?1 WHERE session IS NULL AND role = 'sidecar' AND id IN (
       SELECT a.source FROM sessions s JOIN asides a ON a.provider = s.provider AND a.psid = s.psid AND a.agent = s.agent
       WHERE s.id = ?1 AND a.psid IS NOT NULL AND a.owns = 1)
     AND ((SELECT variant FROM sessions WHERE id = ?1) = '' OR device = (SELECT device FROM sessions WHERE id = ?1))`,
  ).run(session);
}

/** Forgets what files say of a deleted session; those that are not its own are read again should it come back. */
export function forgetAsides(
  db: Database,
  { provider, psid, agent }: { readonly provider: string; readonly psid: string; readonly agent: string },
): void {
  db.query(
    `UPDATE sources SET derived_through = 0 WHERE id IN (
       SELECT source FROM asides WHERE psid IS NOT NULL AND provider = ? AND psid = ? AND agent = ?)`,
  ).run(provider, psid, agent);
  db.query("DELETE FROM asides WHERE psid IS NOT NULL AND provider = ? AND psid = ? AND agent = ?").run(
    provider,
    psid,
    agent,
  );
}
