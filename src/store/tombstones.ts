/**
 * What keeps a deleted session deleted (DESIGN section 4): its identity, not its bytes. A device that has a branch of its
 * own, alive or deleted, is judged by that; all others by the first branch ('').
 */
import type { Database } from "bun:sqlite";
import type { SessionKey } from "../domain/provider.ts";
import { sessionId } from "../lib/id.ts";
import { dropBytes } from "./bytes.ts";
import { raiseResends } from "./resends.ts";
import { isDeleted } from "./session-state.ts";
import type { Effects } from "./write.ts";

/** Whose a discarded source was. `root` = the session whose deletion took it along: undelete of that lifts it too. */
export type Grave = {
  readonly psid: string;
  readonly agent: string;
  readonly variant: string;
  readonly root: string;
};

/** A tombstone as the API gives it. `deleted_at` ISO 8601. */
export type Tombstone = {
  readonly id: string;
  readonly provider: string;
  readonly provider_session_id: string;
  readonly agent_id: string;
  readonly variant: string;
  readonly deleted_at: string;
};

type Row = {
  readonly provider: string;
  readonly psid: string;
  readonly agent: string;
  readonly variant: string;
  readonly deleted_at: number;
};

/** Where bytes of a session from the device `own` would go, `parent` = the session's, if it says one: null = nowhere is deleted. */
export function graveOf(
  db: Database,
  provider: string,
  { key, parent, own }: { readonly key: SessionKey; readonly parent?: SessionKey; readonly own: string },
): Grave | null {
  if (!anyTombstone(db)) return null;
  const branch = hasBranch(db, provider, key, own) ? own : "";
  const name = { psid: key.id, agent: key.agent, variant: branch };
  if (isDeleted(db, provider, key, branch)) return { ...name, root: sessionId(provider, key.id, key.agent, branch) };
  // A sub-agent that arrives after its parent was deleted went with it.
  const above = parent ?? (key.agent === "" ? undefined : { id: key.id, agent: "" });
  if (!above) return null;
  const parentBranch = hasBranch(db, provider, above, own) ? own : "";
  if (!isDeleted(db, provider, above, parentBranch)) return null;
  return { ...name, root: sessionId(provider, above.id, above.agent, parentBranch) };
}

/** The grave of a file's other generations, while its tombstone stands: one that is torn does not say whose it is. */
export function graveOfPath(
  db: Database,
  source: { readonly device: number; readonly provider: string; readonly path: string },
): Grave | null {
  const row = db
    .query<{ state: string }, [number, string, string]>(
      `SELECT state FROM sources WHERE device = ? AND provider = ? AND path = ? AND discarded = 1 AND state IS NOT NULL
       ORDER BY generation DESC LIMIT 1`,
    )
    .get(source.device, source.provider, source.path);
  const grave = row ? (JSON.parse(row.state) as { deleted?: Grave }).deleted : undefined;
  if (!grave) return null;
  const stands = isDeleted(db, source.provider, { id: grave.psid, agent: grave.agent }, grave.variant);
  return stands ? grave : null;
}

/** Whether any branch of a session of this name is deleted. */
export function isBuried(db: Database, provider: string, psid: string): boolean {
  return db.query("SELECT 1 FROM tombstones WHERE provider = ? AND psid = ? LIMIT 1").get(provider, psid) !== null;
}

/** Whether anything was ever deleted. */
export function anyTombstone(db: Database): boolean {
  return db.query("SELECT 1 FROM tombstones LIMIT 1").get() !== null;
}

/** Whether the device has a branch of the session, alive or deleted. */
function hasBranch(db: Database, provider: string, key: SessionKey, own: string): boolean {
  if (own === "") return false;
  const alive = db
    .query("SELECT 1 FROM sessions WHERE provider = ? AND psid = ? AND agent = ? AND variant = ?")
    .get(provider, key.id, key.agent, own);
  return alive !== null || isDeleted(db, provider, key, own);
}

/** Puts a tombstone; one that stands already is renewed. */
export function bury(db: Database, { provider, psid, agent, variant, deleted_at }: Row): void {
  db.query("INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?, ?, ?)").run(provider, psid, agent, variant, deleted_at);
}

/**
 * Empties a source whose session is deleted. The row stays with its `through`, so that shippers are content; `state` says
 * whose it was, for undelete.
 */
export function discardSource(db: Database, source: number, { psid, agent, variant, root }: Grave): void {
  dropBytes(db, source);
  db.query("DELETE FROM asides WHERE source = ?").run(source);
  db.query(
    `UPDATE sources SET discarded = 1, session = NULL, role = 'new', derived_through = 0, sha256 = NULL, sha_through = 0,
     hint = NULL, state = ? WHERE id = ?`,
  ).run(JSON.stringify({ deleted: { psid, agent, variant, root } }), source);
}

/** Sources of deleted sessions, and their bytes: those that were here, and those that came since and were thrown away. */
export function countDiscarded(db: Database): { readonly sources: number; readonly bytes: number } {
  return db
    .query<{ sources: number; bytes: number }, []>(
      "SELECT count(*) AS sources, coalesce(sum(through), 0) AS bytes FROM sources WHERE discarded = 1",
    )
    .get()!;
}

/** Every tombstone, the newest first. */
export function listTombstones(db: Database): Tombstone[] {
  return tombstoneRows(db).map((row) => ({
    id: idOf(row),
    provider: row.provider,
    provider_session_id: row.psid,
    agent_id: row.agent,
    variant: row.variant,
    deleted_at: new Date(row.deleted_at).toISOString(),
  }));
}

function tombstoneRows(db: Database): Row[] {
  return db.query<Row, []>("SELECT * FROM tombstones ORDER BY deleted_at DESC, provider, psid, agent, variant").all();
}

const idOf = ({ provider, psid, agent, variant }: Row) => sessionId(provider, psid, agent, variant);

/**
 * Command: lifts the tombstones of a deleted session and of what went with it; their sources stand at 0, and the next
 * heartbeat tells shippers to compare. Returns the ids that may come back; null when no such session was deleted.
 */
export function undeleteSession(db: Database, { id }: { readonly id: string }, effects: Effects): string[] | null {
  const buried = new Map(tombstoneRows(db).map((row) => [idOf(row), row]));
  const sources = discardedSources(db);
  const lifted = new Set(buried.has(id) ? [id] : []);
  for (const { session, root } of sources) if (root === id && buried.has(session)) lifted.add(session);
  if (lifted.size === 0) return null;
  for (const each of lifted) lift(db, buried.get(each)!);
  for (const { source, session, root } of sources) if (lifted.has(session) || root === id) begin(db, source);
  raiseResends(db);
  effects.rederive();
  return [...lifted];
}

type Discarded = { readonly source: number; readonly session: string; readonly root: string };

function discardedSources(db: Database): Discarded[] {
  return db
    .query<{ id: number; provider: string; state: string }, []>(
      "SELECT id, provider, state FROM sources WHERE discarded = 1 AND state IS NOT NULL",
    )
    .all()
    .flatMap(({ id, provider, state }) => {
      // Written by discardSource only.
      const grave = (JSON.parse(state) as { deleted?: Grave }).deleted;
      if (!grave) return [];
      const session = sessionId(provider, grave.psid, grave.agent, grave.variant);
      return [{ source: id, session, root: grave.root ?? session }];
    });
}

function lift(db: Database, { provider, psid, agent, variant }: Row) {
  db.query("DELETE FROM tombstones WHERE provider = ? AND psid = ? AND agent = ? AND variant = ?").run(
    provider,
    psid,
    agent,
    variant,
  );
}

/** The source is as new: its bytes are asked for from the first. */
function begin(db: Database, source: number) {
  db.query(
    "UPDATE sources SET discarded = 0, through = 0, size = NULL, derived_through = 0, parser_version = 0, state = NULL WHERE id = ?",
  ).run(source);
}
