/** The filters of a search: what the request says, narrowed by the operators of its query. */
import type { Query } from "../domain/query.ts";
import type { Choice, SessionFilters } from "../store/session-filters.ts";

/** Both must allow a session. */
export function mergeFilters(filters: SessionFilters, query: Query): SessionFilters {
  return {
    ...filters,
    provider: both(filters.provider, query.agent),
    project: both(filters.project, query.project),
    since: narrower(filters.since, query.since, Math.max),
    until: narrower(filters.until, query.until, Math.min),
  };
}

function narrower(a: number | undefined, b: number | null, pick: (a: number, b: number) => number): number | undefined {
  if (b === null) return a;
  return a === undefined ? b : pick(a, b);
}

function both(a: Choice | undefined, b: Choice): Choice {
  if (!a) return b;
  const exclude = [...a.exclude, ...b.exclude];
  if (a.include.length === 0 || b.include.length === 0) return { include: [...a.include, ...b.include], exclude };
  const common = a.include.filter((value) => b.include.includes(value));
  // Nothing is in both: a value that no session has.
  return { include: common.length > 0 ? common : ["\0"], exclude };
}
