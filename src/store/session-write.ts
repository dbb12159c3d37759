/** What a user changes of a session: title, note, tags, pin, how far it was read. */
import type { Database } from "bun:sqlite";
import { eventPosition } from "./events.ts";
import type { Effects } from "./write.ts";

/** Absent = unchanged. `title`, `note` null = the derived title, no note. */
export type SessionPatch = {
  readonly title?: string | null;
  readonly note?: string | null;
  readonly tags?: readonly string[];
  /** Put in and taken out of what is there: two who tag at once do not undo each other. */
  readonly add_tags?: readonly string[];
  readonly remove_tags?: readonly string[];
  readonly pinned?: boolean;
  /** An event's id; `end` = all there is; null = unread again. Never moves back but to null. */
  readonly read_through?: string | null;
};

export type PatchRequest = {
  /** Sessions' ids. */
  readonly ids: readonly string[];
  readonly patch: SessionPatch;
  /** The version that the caller saw. */
  readonly version?: number;
};

/** `missing`, `stale`, `event` (`read_through` names none of the session's), `tags` (too many): nothing was changed at all. */
export type PatchReply =
  { readonly kind: "ok" } | { readonly kind: "missing" | "stale" | "event" | "tags"; readonly id: string };

/** Tags that one session may have. */
export const TAGS_MAX = 50;

type Row = {
  readonly id: number;
  readonly version: number;
  readonly next_position: number;
  readonly read_position: number;
  /** JSON. */
  readonly tags: string;
};

type Found = { readonly row: Row; readonly read: number; readonly tags: readonly string[] };

/** Command: changes one session or many, all or none. */
export function patchSessions(db: Database, { ids, patch, version }: PatchRequest, effects: Effects): PatchReply {
  const found: Found[] = [];
  for (const id of ids) {
    const row = db
      .query<Row, [string]>("SELECT id, version, next_position, read_position, tags FROM sessions WHERE uuid = ?")
      .get(id);
    if (!row) return { kind: "missing", id };
    if (version !== undefined && row.version !== version) return { kind: "stale", id };
    const read = readPosition(db, row, patch.read_through);
    if (read === null) return { kind: "event", id };
    const tags = tagsAfter(row, patch);
    if (tags.length > TAGS_MAX) return { kind: "tags", id };
    found.push({ row, read, tags });
  }
  for (const each of found) {
    apply(db, patch, each);
    effects.touched(each.row.id);
  }
  return { kind: "ok" };
}

function tagsAfter(row: Row, { tags, add_tags = [], remove_tags = [] }: SessionPatch): readonly string[] {
  // Written by `apply` only.
  const base = tags ?? (JSON.parse(row.tags) as string[]);
  return [...new Set([...base, ...add_tags])].filter((tag) => !remove_tags.includes(tag));
}

const changesTags = (patch: SessionPatch) => "tags" in patch || "add_tags" in patch || "remove_tags" in patch;

/** null = the session has no such event. */
function readPosition(db: Database, row: Row, through: string | null | undefined): number | null {
  if (through === undefined) return row.read_position;
  if (through === null) return -1;
  const position = through === "end" ? row.next_position - 1 : eventPosition(db, row.id, through);
  return position === null ? null : Math.max(row.read_position, position);
}

function apply(db: Database, patch: SessionPatch, { row, read, tags }: Found) {
  const has = (name: keyof SessionPatch) => (name in patch ? 1 : 0);
  db.query(
    `UPDATE sessions SET user_title = iif(?, ?, user_title), note = iif(?, ?, note), tags = iif(?, ?, tags),
     pinned = iif(?, ?, pinned), read_position = ?, version = version + 1 WHERE id = ?`,
  ).run(
    has("title"),
    patch.title ?? null,
    has("note"),
    patch.note ?? null,
    changesTags(patch) ? 1 : 0,
    JSON.stringify(tags),
    has("pinned"),
    patch.pinned ? 1 : 0,
    read,
    row.id,
  );
  // The index holds titles, notes and tags; by pins and marks searches are narrowed.
  db.query("INSERT INTO changes (kind, session) VALUES ('session', ?)").run(row.id);
}
