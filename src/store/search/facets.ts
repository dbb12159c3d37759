/** How many of the sessions that a search found each agent, project, device, tag and month has. */
import type { Database } from "bun:sqlite";
import type { Counted, Facets } from "../facets.ts";

type Row = {
  readonly provider: string;
  readonly project: string | null;
  readonly device: string;
  readonly branch: string | null;
  readonly tags: string;
  readonly at: number | null;
};

/** Values of one facet that are named at most. */
const MAX = 200;

/** Counts sessions by their row numbers. Most frequent first; months newest first (`YYYY-MM`, UTC). */
export function facetsOf(db: Database, sessions: readonly number[]): Facets {
  const rows = db
    .query<Row, [string]>(
      `SELECT s.provider, s.project, d.device_id AS device, s.git_branch AS branch, s.tags, s.recent_at AS at
       FROM sessions s JOIN devices d ON d.id = s.device WHERE s.id IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(sessions));
  return {
    providers: mostFrequent(rows.map(({ provider }) => provider)),
    projects: mostFrequent(rows.flatMap(({ project }) => project ?? [])),
    devices: mostFrequent(rows.map(({ device }) => device)),
    branches: mostFrequent(rows.flatMap(({ branch }) => branch ?? [])),
    tags: mostFrequent(rows.flatMap(({ tags }) => (tags === "[]" ? [] : (JSON.parse(tags) as string[])))),
    months: newestFirst(rows.flatMap(({ at }) => (at === null ? [] : monthOf(at)))),
  };
}

function monthOf(at: number): string[] {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? [] : [date.toISOString().slice(0, -17)];
}

function countsOf(values: readonly string[]): Counted[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count }));
}

function mostFrequent(values: readonly string[]): Counted[] {
  return countsOf(values)
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, MAX);
}

function newestFirst(values: readonly string[]): Counted[] {
  return countsOf(values)
    .toSorted((a, b) => (a.value < b.value ? 1 : -1))
    .slice(0, MAX);
}
