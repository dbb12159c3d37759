/** Sessions: list and search, one alone, the user's own changes, deletion. Mounted on /api/agents/sessions. */
import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import type { SessionList } from "../domain/session.ts";
import { copiesOf } from "../store/copies.ts";
import { formatCursor, listRecent, parseCursor } from "../store/session-list.ts";
import { sessionByUuid, sessionRowByUuid } from "../store/session-rows.ts";
import { TAGS_MAX } from "../store/session-write.ts";
import type { PatchReply, SessionPatch } from "../store/session-write.ts";
import { listSources } from "../store/source-rows.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { readJson } from "./body.ts";
import { ifMatch, invalidField, last, noSession, parseQuery, sessionIdText, sessionParam } from "./input.ts";
import { sessionFilters, sessionPage } from "./session-query.ts";

/** Sub-agents and sources that a session's page names. */
const CHILDREN_MAX = 200;
const SOURCES_MAX = 200;
/** How long `thorough=1` walks for the best of all time; others do not wait for it. Milliseconds. */
const PATIENCE_MS = 1000;
/** Sessions that one request may change. */
const MANY = 500;

/** What no line of the timeline can show: control characters. */
const oneLine = (text: string) => text.replace(/[\s\p{Cc}]+/gu, " ").trim();
const Tag = z
  .string()
  .transform(oneLine)
  // Comma and minus mean "or" and "not" where tags are filtered by.
  .pipe(
    z
      .string()
      .min(1)
      .max(64)
      .regex(/^[^-,][^,]*$/, "holds a comma, or begins with -"),
  );

const Tags = z
  .array(Tag)
  .max(TAGS_MAX)
  .transform((tags) => [...new Set(tags)])
  .optional();

const patchFields = {
  title: z
    .string()
    .max(500)
    .transform((text) => oneLine(text) || null)
    .nullish(),
  note: z
    .string()
    .max(50_000)
    .transform((text) => text.trim() || null)
    .nullish(),
  tags: Tags,
  add_tags: Tags,
  remove_tags: Tags,
  pinned: z.boolean().optional(),
  read_through: z.string().max(64).nullish(),
};
const Patch = z.object(patchFields);
const PatchMany = z.object({ ids: z.array(sessionIdText).min(1).max(MANY), ...patchFields });
const DeleteMany = z.object({ ids: z.array(sessionIdText).min(1).max(MANY), with: z.enum(["copies"]).optional() });
const With = z.object({ with: last.pipe(z.enum(["copies"]).optional()) });

/** The routes. */
export function sessions(app: App) {
  return new Hono<Authed>()
    .get("/", need("read"), async (c) => c.json(await list(app, c)))
    .patch("/", need("full"), async (c) => {
      const { ids, ...patch } = await readJson(c, PatchMany);
      await change(app, { ids, patch });
      const now = app.now();
      return c.json({ sessions: ids.flatMap((id) => sessionByUuid(app.db, id, now) ?? []) });
    })
    .delete("/", need("full"), async (c) => {
      const { ids, with: also } = await readJson(c, DeleteMany);
      const gone = new Set<string>();
      const copies = new Set<string>();
      // One transaction each: a thousand sessions in one would hold all ingest for seconds.
      for (const id of ids) {
        const reply = gone.has(id) ? null : await remove(app, c, { id, copies: also === "copies" });
        reply?.deleted.forEach((each) => gone.add(each));
        reply?.copies.forEach((each) => copies.add(each));
      }
      return c.json({ deleted: [...gone], copies: [...copies].filter((id) => !gone.has(id)) });
    })
    .get("/:id", need("read"), (c) => c.json(detail(app, sessionParam(c))))
    .patch("/:id", need("full"), async (c) => {
      const id = sessionParam(c);
      await change(app, { ids: [id], patch: await readJson(c, Patch), version: ifMatch(c) });
      return c.json(sessionByUuid(app.db, id, app.now()) ?? fail(noSession()));
    })
    .delete("/:id", need("full"), async (c) => {
      const id = sessionParam(c);
      const copies = parseQuery(c, With).with === "copies";
      const reply = (await remove(app, c, { id, copies })) ?? fail(noSession());
      // A 204 has no body; who still holds the same history is named all the same.
      if (reply.copies.length > 0) c.header("X-Session-Copies", reply.copies.join(","));
      return c.body(null, 204);
    })
    .post("/:id/undelete", need("full"), async (c) => {
      const id = sessionParam(c);
      const undeleted = (await app.writer.run("undeleteSession", { id })) ?? fail(noSession());
      app.log.audit("session undeleted", { id, by: c.get("who").id });
      return c.json({ undeleted });
    });
}

async function list(app: App, c: Context<Authed>): Promise<SessionList> {
  const now = app.now();
  const filters = sessionFilters(c, now);
  const { query, tz, sort, limit, cursor, passages, thorough, semantic } = sessionPage(c);
  if (query !== undefined && query.trim() !== "") {
    const started = performance.now();
    const page = { sort: sort ?? "relevance", limit, cursor: cursor ?? null, passages, zone: tz, semantic };
    const request = { query, filters, ...page, ...(thorough && { patience: PATIENCE_MS }) };
    const found = await app.search.find(request, c.req.raw.signal);
    const spent = performance.now() - started;
    app.stats.observe("longhouse_search_seconds", spent / 1000);
    c.header("Server-Timing", `search;dur=${spent.toFixed(2)}`);
    return found;
  }
  const after = cursor === undefined ? null : (parseCursor(cursor) ?? fail(invalidField("cursor", "is not of a list")));
  const page = listRecent(app.db, { filters, limit, after }, now);
  return { sessions: page.sessions, next: page.next && formatCursor(page.next) };
}

function detail(app: App, id: string) {
  const now = app.now();
  const session = sessionByUuid(app.db, id, now) ?? fail(noSession());
  const filters = { parent_session_id: id, include_subagents: true };
  return {
    ...session,
    children: listRecent(app.db, { filters, limit: CHILDREN_MAX, after: null }, now).sessions,
    sources: listSources(app.db, { filters: { session_id: id }, limit: SOURCES_MAX, after: 0 }).sources,
    copies: copiesOf(app.db, sessionRowByUuid(app.db, id)!.id),
  };
}

async function change(
  app: App,
  { patch, ...request }: { readonly ids: readonly string[]; readonly patch: SessionPatch; readonly version?: number },
): Promise<void> {
  // What is absent must stay absent: a key with undefined would read as "set to nothing".
  const said = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const reply = await app.writer.run("patchSessions", { ...request, patch: said });
  if (reply.kind !== "ok") throw refused(reply);
}

function refused({ kind, id }: Exclude<PatchReply, { kind: "ok" }>): Fault {
  if (kind === "missing") return noSession();
  if (kind === "tags") return invalidField("add_tags", `gives session ${id} more than ${TAGS_MAX} tags`);
  if (kind === "event") return invalidField("read_through", `is no event of session ${id}`);
  return new Fault("stale", "The session was changed meanwhile.", "Fetch it again, then change it.");
}

async function remove(app: App, c: Context<Authed>, request: { readonly id: string; readonly copies: boolean }) {
  const reply = await app.writer.run("deleteSession", request);
  if (reply) app.log.audit("session deleted", { ids: reply.deleted, by: c.get("who").id });
  return reply;
}

/** The version that the caller saw: `5`, `"5"` or `W/"5"`; undefined when it does not care. */
function fail(fault: Fault): never {
  throw fault;
}
