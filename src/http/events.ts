/** A session's events: pages, find, one whole. Mounted on /api/agents/sessions/:id/events. */
import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { KINDS, ROLE_OF, ROLES } from "../domain/event.ts";
import type { Kind, Role } from "../domain/event.ts";
import { Fault } from "../domain/fault.ts";
import { findEvents } from "../store/event-find.ts";
import { eventById, eventPage, eventPosition } from "../store/events.ts";
import type { PageFrom } from "../store/events.ts";
import { sessionRowByUuid } from "../store/session-rows.ts";
import type { SessionRow } from "../store/session-rows.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { invalidField, last, list, noSession, parseQuery, sessionParam, whole } from "./input.ts";

const Query = z.object({
  after: last,
  before: last,
  around: last,
  limit: whole({ min: 1, max: 1000, fallback: 100 }),
  roles: list(ROLES),
  kinds: list(KINDS),
  query: last,
  fields: last.pipe(z.enum(["preview"]).optional()),
});
type Query = z.infer<typeof Query>;

/** The routes. */
export function events(app: App) {
  return new Hono<Authed>()
    .get("/", need("read"), (c) => {
      const session = sessionOf(app, c);
      const query = parseQuery(c, Query);
      const text = query.query?.trim() ?? "";
      return c.json(text === "" ? page(app, session, query) : find(app, session, { ...query, query: text }));
    })
    .get("/:event", need("read"), (c) => c.json(eventOf(app, c).event));
}

/** The session of the path. Throws Fault 404. */
export function sessionOf(app: App, c: Context): SessionRow {
  const row = sessionRowByUuid(app.db, sessionParam(c));
  if (!row) throw noSession();
  return row;
}

/** The event of the path, and its part. Throws Fault 404. */
export function eventOf(app: App, c: Context) {
  const found = eventById(app.db, sessionOf(app, c).id, c.req.param("event") ?? "");
  if (!found) throw noEvent();
  return found;
}

function page(app: App, { id }: SessionRow, query: Query) {
  const extent = query.fields === "preview" ? "preview" : "page";
  return eventPage(app.db, {
    session: id,
    from: from(app, id, query),
    limit: query.limit,
    kinds: kindsOf(query),
    extent,
  });
}

function find(app: App, { id }: SessionRow, { query, after, limit }: Query & { readonly query: string }) {
  const position = after === undefined ? -1 : positionOf(app, id, { name: "after", event: after });
  return findEvents(app.db, { session: id, text: query, after: position, limit });
}

function from(app: App, session: number, { around, after, before }: Query): PageFrom {
  if (around !== undefined) {
    const position = eventPosition(app.db, session, around);
    if (position === null) throw noEvent();
    return { kind: "around", position };
  }
  if (after !== undefined)
    return { kind: "after", position: positionOf(app, session, { name: "after", event: after }) };
  // The last page, for who does not know the last event yet.
  if (before === "end") return { kind: "end" };
  if (before !== undefined)
    return { kind: "before", position: positionOf(app, session, { name: "before", event: before }) };
  return { kind: "start" };
}

/** Cursors are ids of events that a page had. */
function positionOf(app: App, session: number, { name, event }: { name: "after" | "before"; event: string }): number {
  const position = eventPosition(app.db, session, event);
  if (position === null) throw invalidField(name, "is no event of this session");
  return position;
}

/** What both lists allow; null = all. */
function kindsOf({ roles, kinds }: Query): readonly Kind[] | null {
  if (!roles && !kinds) return null;
  const wanted = (kind: Kind, role: Role) => (!roles || roles.includes(role)) && (!kinds || kinds.includes(kind));
  return KINDS.filter((kind) => wanted(kind, ROLE_OF[kind]));
}

function noEvent(): Fault {
  return new Fault("not_found", "The session has no such event.", "It may have been rewritten by its agent.");
}
