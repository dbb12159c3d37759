/**
 * What the timeline shows, as its URL says it: `/timeline?q=…&provider=…&project=…&device=…&branch=…&model=…&tag=…&state=…&has=…&is=…&since=…&until=…`.
 * Lists are joined by comma (or); a leading `-` means not, and `\\-`, `\\,` are the signs themselves. `since` and `until` are
 * local days, both included. Pure.
 */
import type { SessionQuery } from "../api/sessions.ts";
import { STATES, type Session } from "../../src/domain/session.ts";

export const LISTS = ["provider", "project", "device", "branch", "model", "tag", "state", "has", "is"] as const;
export type ListField = (typeof LISTS)[number];

export type Filters = {
  readonly q: string;
  /** 2026-11-21 or "". */
  readonly since: string;
  readonly until: string;
} & Readonly<Record<ListField, readonly string[]>>;

export const NO_FILTERS: Filters = {
  q: "",
  since: "",
  until: "",
  provider: [],
  project: [],
  device: [],
  branch: [],
  model: [],
  tag: [],
  state: [],
  has: [],
  is: [],
};

/** The filters a query string holds; what it does not know or cannot read is left out. */
export function parseFilters(search: string): Filters {
  const params = new URLSearchParams(search);
  const list = (name: ListField) => (params.get(name)?.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []).map(unescaped);
  return {
    q: params.get("q") ?? "",
    since: day(params.get("since")),
    until: day(params.get("until")),
    provider: list("provider"),
    project: list("project"),
    device: list("device"),
    branch: list("branch"),
    model: list("model"),
    tag: list("tag"),
    state: list("state").filter((value) => isOf(STATES, value)),
    has: list("has").filter((value) => isOf(HAS, value)),
    is: list("is").filter((value) => isOf(IS, value)),
  };
}

const HAS = ["error", "image", "changes"];
const IS = ["pinned", "unread"];
/** What the server would refuse is left out here. */
const isOf = (allowed: readonly string[], value: string) => allowed.includes(value.replace(/^-/, ""));

/** A value as the address and the API write it: backslashes and commas of its text are escaped, and a minus that is no sign. */
const escaped = (value: string): string => {
  const not = value.startsWith("-");
  const text = (not ? value.slice(1) : textOf(value)).replace(/[\\,]/g, "\\$&");
  return not ? `-${text}` : text.replace(/^-/, "\\-");
};
const unescaped = (written: string): string => {
  const not = written.startsWith("-");
  const text = (not ? written.slice(1) : written).replace(/\\([\\,-])/g, "$1");
  return not ? `-${text}` : valueOf(text);
};

/** The filter value that stands for exactly this text: one that would read as a sign, or as this very escape, is escaped. */
export const valueOf = (text: string): string => text.replace(/^\\?-/, "\\$&");
const textOf = (value: string): string => value.replace(/^\\(?=\\?-)/, "");
/** The text that a filter value stands for; "not loom" for what is left out. */
export const saidOf = (value: string): string => (value.startsWith("-") ? `not ${value.slice(1)}` : textOf(value));

const day = (text: string | null): string => {
  const found = /^\d{4}-\d{2}-\d{2}/.exec(text ?? "")?.[0];
  return found !== undefined && !Number.isNaN(Date.parse(found)) ? found : "";
};

/** The query string of the filters, with its `?`, "" for none. Equal filters give equal text: it is the key of a view. */
export function formatFilters(filters: Filters): string {
  const params = new URLSearchParams();
  if (filters.q.trim() !== "") params.set("q", filters.q);
  for (const name of LISTS) if (filters[name].length > 0) params.set(name, filters[name].map(escaped).join(","));
  if (filters.since !== "") params.set("since", filters.since);
  if (filters.until !== "") params.set("until", filters.until);
  // A comma stands in no value that needs it kept, and reads better bare.
  return params.size === 0 ? "" : `?${params.toString().replaceAll("%2C", ",")}`;
}

/** How the server is asked for them, without paging. */
export function toQuery(filters: Filters): SessionQuery {
  const list = (name: ListField) => (filters[name].length > 0 ? filters[name].map(escaped).join(",") : undefined);
  const q = filters.q.trim();
  return {
    ...defined({
      provider: list("provider"),
      project: list("project"),
      device_id: list("device"),
      branch: list("branch"),
      model: list("model"),
    }),
    ...defined({ tag: list("tag"), state: list("state"), has: list("has"), query: q === "" ? undefined : q }),
    ...flags(filters.is),
    ...(filters.since === "" ? {} : { since: startOf(filters.since, 0) }),
    ...(filters.until === "" ? {} : { until: startOf(filters.until, 1) }),
  };
}

const flags = (is: readonly string[]): Pick<SessionQuery, "pinned" | "unread"> =>
  Object.fromEntries(is.map((one) => [one.replace(/^-/, ""), !one.startsWith("-")]));

const defined = <T extends Readonly<Record<string, string | undefined>>>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<keyof T, string>;

/** ISO time of the local midnight that begins the day, `plus` days later. */
function startOf(day: string, plus: number): string {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + plus);
  return at.toISOString();
}

/** Nothing is left out. */
export const isAll = (filters: Filters): boolean => formatFilters(filters) === "";

/** Something besides the words narrows the list. */
export const isNarrowed = (filters: Filters): boolean => formatFilters({ ...filters, q: "" }) !== "";

/** With one value put in or taken out. `more` keeps the field's other values, else they go. */
export function toggled(filters: Filters, name: ListField, value: string, more: boolean): Filters {
  const has = filters[name].includes(value);
  const others = more ? filters[name].filter((other) => other !== value) : [];
  return { ...filters, [name]: has ? others : [...others, value] };
}

/** Whether a row of the live feed belongs into the list (its words are not looked at: search lists take no new rows). */
export function accepts(filters: Filters, session: Session): boolean {
  if (session.kind === "subagent" || session.kind === "internal") return false;
  if (session.environment === "test" || session.environment === "e2e") return false;
  const at = session.last_event_at ?? session.started_at ?? "";
  const query = toQuery(filters);
  if (query.since !== undefined && at < query.since) return false;
  if (query.until !== undefined && at >= query.until) return false;
  return (
    among(filters.provider, session.provider) &&
    among(filters.project, session.project) &&
    among(filters.device, session.device_id) &&
    among(filters.branch, session.git_branch) &&
    amongMany(filters.model, session.models) &&
    among(filters.state, session.state) &&
    amongMany(filters.tag, session.tags) &&
    amongMany(filters.has, hasOf(session)) &&
    filters.is.every((one) => session[one.endsWith("pinned") ? "pinned" : "unread"] !== one.startsWith("-"))
  );
}

/** Images are not told by a row: what might have some waits for the next answer. */
const hasOf = (session: Session): string[] => [
  ...(session.errors > 0 ? ["error"] : []),
  ...(session.has_changes ? ["changes"] : []),
];

const amongMany = (wanted: readonly string[], values: readonly string[]): boolean => {
  if (values.some((value) => wanted.includes(`-${value}`))) return false;
  const plain = wanted.filter((one) => !one.startsWith("-")).map(textOf);
  return plain.length === 0 || values.some((value) => plain.includes(value));
};

/** By the API's rule: any of the plain values, none of those with a leading `-`. */
function among(wanted: readonly string[], value: string | null): boolean {
  if (wanted.includes(`-${value}`)) return false;
  const plain = wanted.filter((one) => !one.startsWith("-")).map(textOf);
  return plain.length === 0 || (value !== null && plain.includes(value));
}
