/** The filters of a search: what the request says, narrowed by the operators of one branch of its query. */
import type { Branch, SessionLeaf } from "../domain/query-branches.ts";
import type { SessionKind, State } from "../domain/session.ts";
import type { Names } from "../store/search/names.ts";
import { HAS } from "../store/session-filters.ts";
import type { Choice, Has, SessionFilters } from "../store/session-filters.ts";

type Wanted = {
  readonly provider: Picked;
  readonly project: Picked;
  readonly branch: Picked;
  readonly device_id: Picked;
  readonly tag: Picked;
  readonly has: Picked<Has>;
  readonly state: Picked<State>;
  readonly kind: Picked<SessionKind>;
  readonly ids: Picked;
  pinned?: boolean;
  unread?: boolean;
};
type Picked<T extends string = string> = { readonly include: T[]; readonly exclude: T[] };

const LIVE: readonly State[] = ["working", "waiting", "idle"];

/** Both must allow a session. Several values of one operator: any of them. `names` finds what was meant by a value. */
export function mergeFilters(filters: SessionFilters, branch: Branch, names: Names): SessionFilters {
  const wanted = emptyWanted();
  for (const leaf of branch.filters) want(wanted, leaf, names);
  const { ids, pinned = filters.pinned, unread = filters.unread } = wanted;
  return {
    ...filters,
    provider: both(filters.provider, wanted.provider),
    project: both(filters.project, wanted.project),
    branch: both(filters.branch, wanted.branch),
    device_id: both(filters.device_id, wanted.device_id),
    tag: both(filters.tag, wanted.tag),
    has: both(filters.has, wanted.has),
    state: both(filters.state, wanted.state),
    kind: both(filters.kind, wanted.kind),
    ids: ids.include.length > 0 ? common(filters.ids, ids.include) : filters.ids,
    not_ids: ids.exclude.length > 0 ? ids.exclude : filters.not_ids,
    pinned,
    unread,
    since: narrower(filters.since, branch.since, Math.max),
    until: narrower(filters.until, branch.until, Math.min),
  };
}

function emptyWanted(): Wanted {
  const none = <T extends string = string>(): Picked<T> => ({ include: [], exclude: [] });
  return {
    provider: none(),
    project: none(),
    branch: none(),
    device_id: none(),
    tag: none(),
    has: none<Has>(),
    state: none<State>(),
    kind: none<SessionKind>(),
    ids: none(),
  };
}

const COLUMNS = { agent: "provider", project: "project", branch: "branch", device: "device_id", tag: "tag" } as const;

function want(wanted: Wanted, { field, values, negated }: SessionLeaf, names: Names): void {
  const side = negated ? "exclude" : "include";
  if (field === "is") return values.forEach((value) => wantState(wanted, value, negated));
  if (field === "has") return void wanted.has[side].push(...HAS.filter((what) => values.includes(what)));
  if (field === "session") {
    const found = values.flatMap((value) => names.sessions(value));
    // Nothing is called so: an id that no session has.
    return void wanted.ids[side].push(...(found.length > 0 ? found : [NOTHING]));
  }
  wanted[COLUMNS[field]][side].push(...values.flatMap((value) => names.like(COLUMNS[field], value)));
}

/** No session has this value. */
const NOTHING = "\0";

function wantState(wanted: Wanted, value: string, negated: boolean): void {
  const side = negated ? "exclude" : "include";
  if (value === "pinned") wanted.pinned = !negated;
  else if (value === "unread") wanted.unread = !negated;
  else if (value === "subagent") wanted.kind[side].push("subagent");
  else if (value === "live") wanted.state[side].push(...LIVE);
  else if (value === "ended") wanted.state[side].push("ended");
  else wanted.state[side].push(...LIVE.filter((state) => state === value));
}

function narrower(a: number | undefined, b: number | null, pick: (a: number, b: number) => number): number | undefined {
  if (b === null) return a;
  return a === undefined ? b : pick(a, b);
}

/** undefined when neither says anything. */
function both<T extends string>(a: Choice<T> | undefined, b: Choice<T>): Choice<T> | undefined {
  if (b.include.length === 0 && b.exclude.length === 0) return a;
  if (!a) return b;
  const exclude = [...a.exclude, ...b.exclude];
  if (a.include.length === 0 || b.include.length === 0) return { include: [...a.include, ...b.include], exclude };
  const shared = a.include.filter((value) => b.include.includes(value));
  // Nothing is in both: then what is asked for is also what is refused.
  return shared.length > 0 ? { include: shared, exclude } : { include: a.include, exclude: [...exclude, ...a.include] };
}

function common(a: readonly string[] | undefined, b: readonly string[]): readonly string[] {
  const shared = a ? b.filter((id) => a.includes(id)) : b;
  return shared.length > 0 ? shared : [NOTHING];
}
