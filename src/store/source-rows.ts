/** Sources as the API gives them (API.md section 3). */
import type { Database } from "bun:sqlite";
import { and, eq, gt, notLike } from "drizzle-orm";
import { PLAIN } from "../domain/source.ts";
import type { Source } from "../domain/source.ts";
import { orm } from "./orm.ts";
import { devices, sessions, sources } from "./schema.ts";
import { iso } from "./session-rows.ts";
import { TORN } from "./sources.ts";

export type SourceFilters = {
  readonly provider?: string;
  readonly path?: string;
  /** A session's id. */
  readonly session_id?: string;
  readonly device_id?: string;
};

/** `after` = row number of the last one seen; 0 = from the start. */
export type SourcesRequest = { readonly filters: SourceFilters; readonly limit: number; readonly after: number };

const COLUMNS = {
  id: sources.id,
  device_id: devices.device_id,
  provider: sources.provider,
  path: sources.path,
  generation: sources.generation,
  unit: sources.unit,
  through: sources.through,
  sha256: sources.sha256,
  sha_through: sources.sha_through,
  session_id: sessions.uuid,
  last_at: sources.last_at,
  discarded: sources.discarded,
};

const select = (db: Database) =>
  orm(db)
    .select(COLUMNS)
    .from(sources)
    .innerJoin(devices, eq(devices.id, sources.device))
    .leftJoin(sessions, eq(sessions.id, sources.session))
    .$dynamic();

type Row = NonNullable<ReturnType<ReturnType<typeof select>["get"]>>;

function toSource(row: Row): Source {
  const { discarded, sha256, sha_through, id, last_at, ...rest } = row;
  return {
    ...rest,
    id: String(id),
    sha256: sha256 && sha_through === row.through ? sha256.toString("hex") : null,
    last_at: iso(last_at),
    ...(discarded ? { discarded: true as const } : {}),
  };
}

/** Sources in the order they came first; `next` null at the end. What was unpacked from them is not among them. */
export function listSources(
  db: Database,
  { filters, limit, after }: SourcesRequest,
): { sources: Source[]; next: number | null } {
  const { provider, path, session_id, device_id } = filters;
  const rows = select(db)
    .where(
      and(
        gt(sources.id, after),
        notLike(sources.path, `%${PLAIN}`),
        provider === undefined ? undefined : eq(sources.provider, provider),
        path === undefined ? undefined : eq(sources.path, path),
        session_id === undefined ? undefined : eq(sessions.uuid, session_id),
        device_id === undefined ? undefined : eq(devices.device_id, device_id),
      ),
    )
    .orderBy(sources.id)
    .limit(limit + 1)
    .all();
  const page = rows.slice(0, limit);
  return { sources: page.map(toSource), next: rows.length > limit ? page.at(-1)!.id : null };
}

/** null when there is none. */
export function sourceForApi(db: Database, id: number): Source | null {
  const row = select(db).where(eq(sources.id, id)).get();
  return row ? toSource(row) : null;
}

/**
 * The source that carries a session's records (row number): of several the one with most, of a file's generations the
 * newest that is whole; null when it has none.
 */
export function mainSource(db: Database, session: number): { readonly id: number; readonly through: number } | null {
  return db
    .query<{ id: number; through: number }, [number, string]>(
      `SELECT id, through FROM sources WHERE session = ?1 AND role IN ('main', 'plain')
       ORDER BY role = 'main' DESC, unit <> 'file' DESC, state IS NOT ?2 AND coalesce(through >= size, 1) DESC,
       iif(unit = 'file', path, '') DESC, iif(unit = 'file', generation, through) DESC, id LIMIT 1`,
    )
    .get(session, TORN);
}
