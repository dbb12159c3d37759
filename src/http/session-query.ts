/** The filters of GET /api/agents/sessions (API.md section 4), shared by all that lists, counts or finds sessions. */
import type { Context } from "hono";
import * as z from "zod";
import { SESSION_KINDS, STATES } from "../domain/session.ts";
import { isTimeZone } from "../lib/days.ts";
import { HAS } from "../store/session-filters.ts";
import type { SessionFilters } from "../store/session-filters.ts";
import { choice, flag, ids, last, parseQuery, time, whole } from "./input.ts";

const DAY_MS = 86_400_000;
/** Ids that one request may name. */
const IDS_MAX = 200;

const Filters = z.object({
  provider: choice(),
  project: choice(),
  device_id: choice(),
  branch: choice(),
  model: choice(),
  tag: choice(),
  state: choice(STATES),
  kind: choice(SESSION_KINDS),
  environment: choice(),
  pinned: flag,
  unread: flag,
  has: choice(HAS),
  since: time({ end: false }),
  until: time({ end: true }),
  days_back: whole({ min: 0, max: 36_500, fallback: -1 }),
  parent_session_id: last,
  ids: ids(IDS_MAX),
  include_subagents: flag,
});

const Page = z.object({
  query: last,
  tz: last.pipe(z.string().refine(isTimeZone, "is a time zone, such as Europe/Vienna").optional()),
  sort: last.pipe(z.enum(["recent", "relevance"]).optional()),
  limit: whole({ min: 1, max: 100, fallback: 20 }),
  cursor: last,
  passages: whole({ min: 1, max: 3, fallback: 1 }),
  thorough: flag,
  semantic: flag,
});

/** What of a request says which sessions, at `now` (ms). Throws Fault 422. */
export function sessionFilters(c: Context, now: number): SessionFilters {
  const { days_back, since, include_subagents, ...filters } = parseQuery(c, Filters);
  const recent = days_back >= 0 ? now - days_back * DAY_MS : undefined;
  return {
    ...filters,
    since: recent === undefined ? since : Math.max(recent, since ?? recent),
    include_subagents: include_subagents === true,
  };
}

/** What of a request says which page of them. Throws Fault 422. */
export function sessionPage(c: Context): z.infer<typeof Page> {
  return parseQuery(c, Page);
}
