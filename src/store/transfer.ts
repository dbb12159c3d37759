/** What an export must tell of the archive beside its bytes, and how an import takes that up. */
import type { Database } from "bun:sqlite";
import type { Source, SourceRole } from "../domain/source.ts";
import { raiseResends } from "./resends.ts";
import { listSources } from "./source-rows.ts";
import { sessionId } from "../lib/id.ts";
import { bury, listTombstones, type Tombstone } from "./tombstones.ts";
import type { Effects } from "./write.ts";

/** A source with all that its row was made of. `hint`: what the shipper said of its session. */
export type SourceExport = Source & {
  readonly size: number | null;
  readonly hint: Readonly<Record<string, unknown>>;
  /** It carries the first branch of its session: imported before others, it gets that name again. */
  readonly first: boolean;
};

/** What a person said of a session. */
export type SessionMarks = {
  readonly id: string;
  readonly title: string | null;
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly pinned: boolean;
};

type Extra = {
  readonly size: number | null;
  readonly hint: string | null;
  readonly role: SourceRole;
  readonly first: number;
};

/** A page of sources that have bytes, in the order in which they came. `after` = row number; `next` null at the end. */
export function exportSources(db: Database, after: number): { sources: SourceExport[]; next: number | null } {
  const page = listSources(db, { filters: {}, limit: 1000, after });
  const extra = db.query<Extra, [number]>(
    `SELECT s.size, s.hint, s.role, coalesce(s.role IN ('main', 'packed') AND o.variant = '', 0) AS first FROM sources s
     LEFT JOIN sessions o ON o.id = s.session WHERE s.id = ?`,
  );
  const sources = page.sources.flatMap((source) => {
    const row = source.discarded ? null : extra.get(Number(source.id));
    // What was unpacked from another source is unpacked again.
    if (!row || row.role === "plain") return [];
    // Written by ingest only.
    const hint = row.hint === null ? {} : (JSON.parse(row.hint) as Record<string, unknown>);
    return [{ ...source, size: row.size, hint, first: row.first === 1 }];
  });
  return { sources, next: page.next };
}

type MarkRow = { id: string; title: string | null; note: string | null; tags: string; pinned: number };

/** All that a person said of sessions, and every tombstone. */
export function exportMarks(db: Database): { sessions: SessionMarks[]; deleted: Tombstone[] } {
  const rows = db
    .query<MarkRow, []>(
      `SELECT uuid AS id, user_title AS title, note, tags, pinned FROM sessions
       WHERE user_title IS NOT NULL OR note IS NOT NULL OR tags <> '[]' OR pinned = 1`,
    )
    .all();
  const sessions = rows.map(({ tags, pinned, ...row }) => ({
    ...row,
    tags: JSON.parse(tags) as string[],
    pinned: pinned === 1,
  }));
  return { sessions, deleted: listTombstones(db) };
}

/** Command: takes up tombstones, but for sessions that live here. Returns how many stand now that did not. */
export function importTombstones(db: Database, { deleted }: { readonly deleted: readonly Tombstone[] }): number {
  const known = new Set(listTombstones(db).map(({ id }) => id));
  const alive = db.query("SELECT 1 FROM sessions WHERE uuid = ?");
  const fresh = deleted.filter((each) => {
    const id = sessionId(each.provider, each.provider_session_id, each.agent_id, each.variant);
    return !known.has(id) && alive.get(id) === null;
  });
  for (const { provider, provider_session_id: psid, agent_id: agent, variant, deleted_at } of fresh)
    bury(db, { provider, psid, agent, variant, deleted_at: Date.parse(deleted_at) });
  return fresh.length;
}

/** Command: takes up what a person said of sessions that are here, and have nothing of the kind; shippers compare anew. */
export function importMarks(
  db: Database,
  { sessions }: { readonly sessions: readonly SessionMarks[] },
  effects: Effects,
): number {
  const put = db.query<{ id: number }, [string, string | null, string | null, string, number]>(
    `UPDATE sessions SET user_title = coalesce(user_title, ?2), note = coalesce(note, ?3),
     tags = iif(tags = '[]', ?4, tags), pinned = max(pinned, ?5), version = version + 1 WHERE uuid = ?1 RETURNING id`,
  );
  const change = db.query("INSERT INTO changes (kind, session) VALUES ('session', ?)");
  let count = 0;
  for (const { id, title, note, tags, pinned } of sessions) {
    const row = put.get(id, title, note, JSON.stringify(tags), pinned ? 1 : 0);
    if (!row) continue;
    change.run(row.id);
    effects.touched(row.id);
    count++;
  }
  raiseResends(db);
  return count;
}
