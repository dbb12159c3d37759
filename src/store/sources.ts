/** Rows of `sources` and `devices`, the writer's side. Source, session, device = row numbers. */
import type { Database } from "bun:sqlite";
import type { Unit } from "../domain/provider.ts";
import type { SourceRole } from "../domain/source.ts";

export type SourceRow = {
  readonly id: number;
  readonly device: number;
  readonly provider: string;
  readonly path: string;
  readonly generation: number;
  readonly unit: Unit;
  readonly through: number;
  readonly size: number | null;
  readonly session: number | null;
  readonly role: SourceRole;
  readonly derived_through: number;
  readonly parser_version: number;
  readonly state: string | null;
  readonly hint: string | null;
  readonly last_at: number;
  readonly discarded: number;
};

const COLUMNS =
  "id, device, provider, path, generation, unit, through, size, session, role, derived_through, parser_version, state, hint, last_at, discarded";

/** The row number of a device, made when it is new. */
export function deviceRow(db: Database, deviceId: string, now: number): number {
  const found = db.query<{ id: number }, [string]>("SELECT id FROM devices WHERE device_id = ?").get(deviceId);
  if (found) return found.id;
  const made = db
    .query("INSERT INTO devices (device_id, created_at, last_seen_at) VALUES (?, ?, ?)")
    .run(deviceId, now, now);
  return Number(made.lastInsertRowid);
}

export type SourceKey = {
  readonly device: number;
  readonly provider: string;
  readonly path: string;
  readonly generation: number;
};

/** null when nothing of it has arrived yet. */
export function findSource(db: Database, key: SourceKey): SourceRow | null {
  return db
    .query<SourceRow, [number, string, string, number]>(
      `SELECT ${COLUMNS} FROM sources WHERE device = ? AND provider = ? AND path = ? AND generation = ?`,
    )
    .get(key.device, key.provider, key.path, key.generation);
}

/** All generations of a path, newest first. */
export function generations(db: Database, key: Omit<SourceKey, "generation">): SourceRow[] {
  return db
    .query<SourceRow, [number, string, string]>(
      `SELECT ${COLUMNS} FROM sources WHERE device = ? AND provider = ? AND path = ? ORDER BY generation DESC`,
    )
    .all(key.device, key.provider, key.path);
}

/** Throws when the row is gone. */
export function sourceById(db: Database, id: number): SourceRow {
  const row = db.query<SourceRow, [number]>(`SELECT ${COLUMNS} FROM sources WHERE id = ?`).get(id);
  if (!row) throw new Error(`source ${id} is missing`);
  return row;
}

/** Makes the row of a source with no bytes yet. */
export function addSource(
  db: Database,
  key: SourceKey,
  facts: { readonly unit: Unit; readonly hint: string | null; readonly now: number },
): SourceRow {
  const { device, provider, path, generation } = key;
  const made = db
    .query("INSERT INTO sources (device, provider, path, generation, unit, hint, last_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
    .run(device, provider, path, generation, facts.unit, facts.hint, facts.now);
  return sourceById(db, Number(made.lastInsertRowid));
}

/** All bytes of a file's generation are there, as far as its sender said how many there are. */
export function isWhole({ through, size }: Pick<SourceRow, "through" | "size">): boolean {
  return through > 0 && (size === null || through >= size);
}

/** `state` of a file's generation that had nothing to read. */
export const TORN = '{"torn":true}';

/** Moves `through` after an append. `size` null = unknown or unchanged. */
export function moveThrough(db: Database, id: number, through: number, size: number | null, now: number): void {
  db.query("UPDATE sources SET through = ?, size = coalesce(?, size), last_at = ? WHERE id = ?").run(
    through,
    size,
    now,
    id,
  );
}

/** Sources of a session that carry its records, oldest first. */
export function mainSources(db: Database, session: number): SourceRow[] {
  return db
    .query<SourceRow, [number]>(
      `SELECT ${COLUMNS} FROM sources WHERE session = ? AND role IN ('main', 'plain') ORDER BY id`,
    )
    .all(session);
}

/** Gives a source its role and session. */
export function setRole(db: Database, id: number, role: SourceRole, session: number | null): void {
  db.query("UPDATE sources SET role = ?, session = ? WHERE id = ?").run(role, session, id);
}

export type Derived = { readonly derivedThrough: number; readonly version: number; readonly state: string };

/** Remembers how far a source is derived, in the same transaction as its events. */
export function setDerived(db: Database, id: number, derived: Derived): void {
  db.query("UPDATE sources SET derived_through = ?, parser_version = ?, state = ? WHERE id = ?").run(
    derived.derivedThrough,
    derived.version,
    derived.state,
    id,
  );
}

/** Sources with bytes that are not derived yet, newest first. Tails without a newline are among them. */
export function underivedSources(db: Database): number[] {
  return db
    .query<{ id: number }, []>(
      "SELECT id FROM sources WHERE derived_through < through AND discarded = 0 AND role IN ('new', 'main', 'replica', 'plain', 'packed') ORDER BY last_at DESC",
    )
    .all()
    .map((row) => row.id);
}

/** Sources whose SHA-256 is not of all their bytes, and quiet since `before` (ms). At most `limit`. */
export function unhashedSources(db: Database, before: number, limit: number): { id: number; through: number }[] {
  return db
    .query<{ id: number; through: number }, [number, number]>(
      "SELECT id, through FROM sources WHERE (sha256 IS NULL OR sha_through <> through) AND discarded = 0 AND last_at < ? LIMIT ?",
    )
    .all(before, limit);
}

/** Stores the SHA-256 of the first `through` bytes. */
export function setHash(db: Database, id: number, sha256: Uint8Array, through: number): void {
  db.query("UPDATE sources SET sha256 = ?, sha_through = ? WHERE id = ?").run(sha256, through, id);
}

/** When bytes of a source last arrived, ms. */
export function lastArrival(db: Database, id: number): number {
  return db.query<{ at: number }, [number]>("SELECT last_at AS at FROM sources WHERE id = ?").get(id)?.at ?? 0;
}

/** The device's public id. */
export function deviceId(db: Database, device: number): string {
  return db.query<{ device_id: string }, [number]>("SELECT device_id FROM devices WHERE id = ?").get(device)!.device_id;
}

/** All sources of a session, whatever their role. */
export function sourcesOf(db: Database, session: number): number[] {
  return db
    .query<{ id: number }, [number]>("SELECT id FROM sources WHERE session = ?")
    .all(session)
    .map((row) => row.id);
}
