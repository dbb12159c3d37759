/**
 * Deletion (DESIGN section 4): a session, its sub-agents and, when asked, the sessions that repeat its history go with
 * their bytes; tombstones keep them away. secure_delete overwrites the pages; the writer truncates the WAL when it rests.
 */
import type { Database } from "bun:sqlite";
import { forgetAsides } from "./asides.ts";
import { dropUsage } from "./usage.ts";
import type { Unit } from "../domain/provider.ts";
import { provider } from "../providers/all.ts";
import { copiesOf } from "./copies.ts";
import { sourcesOf } from "./sources.ts";
import { appendBytes, dropBytes, readRange } from "./bytes.ts";
import { redact } from "../lib/redact.ts";
import { bury, discardSource, isBuried } from "./tombstones.ts";
import type { Effects } from "./write.ts";

export type DeleteRequest = {
  /** A session's id. */
  readonly id: string;
  /** Those that repeat its history too. */
  readonly copies: boolean;
};

/** Ids. `copies` = sessions that still hold the same history. */
export type DeleteReply = { readonly deleted: readonly string[]; readonly copies: readonly string[] };

type Row = {
  readonly id: number;
  readonly uuid: string;
  readonly provider: string;
  readonly psid: string;
  readonly agent: string;
  readonly variant: string;
  readonly parent_uuid: string | null;
};

/** `root` = the session whose deletion takes it along, or its own id. */
type Doomed = Row & { readonly root: string };

const COLUMNS = "id, uuid, provider, psid, agent, variant, parent_uuid";

/** Command: deletes a session for good; null when there is none. */
export function deleteSession(db: Database, { id, copies }: DeleteRequest, effects: Effects): DeleteReply | null {
  const root = rowOf(db, id);
  if (!root) return null;
  const doomed = new Map<string, Doomed>();
  const doom = (row: Row, under: string) => {
    if (doomed.has(row.uuid)) return;
    doomed.set(row.uuid, { ...row, root: under });
    subagentsOf(db, row.uuid).forEach((agent) => doom(agent, under));
  };
  const repeating = copiesOf(db, root.id).flatMap((uuid) => rowOf(db, uuid) ?? []);
  doom(root, root.uuid);
  if (copies) repeating.forEach((row) => doom(row, row.uuid));
  for (const row of doomed.values()) remove(db, row, effects);
  if (blankIndexes(db, root.provider)) effects.rederive();
  touchParents(db, doomed, effects);
  return {
    deleted: [...doomed.keys()],
    copies: repeating.map((row) => row.uuid).filter((uuid) => !doomed.has(uuid)),
  };
}

function rowOf(db: Database, uuid: string): Row | null {
  return db.query<Row, [string]>(`SELECT ${COLUMNS} FROM sessions WHERE uuid = ?`).get(uuid);
}

/** A session of another kind may name a parent too, and stays. */
function subagentsOf(db: Database, uuid: string): Row[] {
  return db
    .query<Row, [string]>(`SELECT ${COLUMNS} FROM sessions WHERE parent_uuid = ? AND kind IN ('subagent', 'internal')`)
    .all(uuid);
}

function remove(db: Database, row: Doomed, effects: Effects) {
  bury(db, { ...row, deleted_at: effects.now });
  forgetAsides(db, row);
  for (const id of new Set([...sourcesOf(db, row.id), ...generationsOf(db, row.id), ...sidecarsOf(db, row)]))
    discardSource(db, id, row);
  db.query("DELETE FROM events WHERE session = ?").run(row.id);
  dropUsage(db, row.id);
  db.query("DELETE FROM sessions WHERE id = ?").run(row.id);
  db.query("INSERT INTO changes (kind, session) VALUES ('deleted', ?)").run(row.id);
  effects.deleted(row.uuid);
}

/** Other generations of the session's files that nobody could place: torn, or too large to be read. */
function generationsOf(db: Database, session: number): number[] {
  return db
    .query<{ id: number }, [number]>(
      `SELECT DISTINCT other.id FROM sources mine JOIN sources other ON other.device = mine.device
       AND other.provider = mine.provider AND other.path = mine.path
       WHERE mine.session = ? AND other.session IS NULL AND other.discarded = 0`,
    )
    .all(session)
    .map(({ id }) => id);
}

type Sidecar = { readonly id: number; readonly path: string; readonly unit: Unit };

/** Files of no session row (results of tools, packed copies, what was not read yet): only their names say whose they are. */
function sidecarsOf(db: Database, row: Row): number[] {
  const parser = provider(row.provider);
  const sidecars = db
    .query<Sidecar, [{ provider: string; psid: string; agent: string; variant: string }]>(
      `SELECT s.id, s.path, s.unit FROM sources s JOIN devices d ON d.id = s.device
       WHERE s.provider = $provider AND s.session IS NULL AND s.discarded = 0
       AND iif($variant <> '', d.device_id = $variant, NOT EXISTS (SELECT 1 FROM sessions o WHERE o.provider = $provider
         AND o.psid = $psid AND o.agent = $agent AND o.variant = d.device_id))`,
    )
    .all({ provider: row.provider, psid: row.psid, agent: row.agent, variant: row.variant });
  return sidecars.flatMap(({ id, path, unit }) => {
    const found = parser?.identify({ path, unit, text: "", whole: true });
    if (!found || found.kind === "wait" || found.kind === "none") return [];
    const key = found.kind === "sidecar" ? found.of : found.session;
    return key?.id === row.psid && key.agent === row.agent ? [id] : [];
  });
}

/** A file beside many sessions that says something of each: only its name tells. */
export function speaksOfMany({ provider: name, path, unit }: Sidecar & { readonly provider: string }): boolean {
  const found = provider(name)?.identify({ path, unit, text: "", whole: true });
  return found?.kind === "sidecar" && found.of === null;
}

/** Takes what indexes say of deleted sessions out of their archived bytes; true when they said something. */
function blankIndexes(db: Database, name: string): boolean {
  const indexes = db
    .query<Sidecar & { provider: string; through: number }, [string]>(
      `SELECT id, provider, path, unit, through FROM sources
       WHERE provider = ? AND session IS NULL AND discarded = 0 AND role IN ('new', 'sidecar') AND through > 0`,
    )
    .all(name)
    .filter(speaksOfMany);
  return indexes.map(({ id, through }) => blank(db, name, id, through)).includes(true);
}

function blank(db: Database, name: string, source: number, through: number): boolean {
  const bytes = readRange(db, source, 0, through);
  const left = redact(bytes, (psid) => isBuried(db, name, psid));
  if (left === bytes) return false;
  dropBytes(db, source);
  appendBytes(db, source, 0, left);
  db.query("UPDATE sources SET derived_through = 0, sha256 = NULL, sha_through = 0 WHERE id = ?").run(source);
  return true;
}

function touchParents(db: Database, doomed: ReadonlyMap<string, Doomed>, effects: Effects) {
  for (const { parent_uuid } of doomed.values()) {
    const parent = parent_uuid !== null && !doomed.has(parent_uuid) ? rowOf(db, parent_uuid) : null;
    if (parent) effects.touched(parent.id);
  }
}
