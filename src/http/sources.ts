/** What was archived, and its bytes. Mounted on /api/agents/sources. A token that may only ingest sees its own device's. */
import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import type { Source, SourceList } from "../domain/source.ts";
import { listSources, sourceForApi } from "../store/source-rows.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { SANDBOX_CSP } from "./headers.ts";
import { invalidField, last, parseQuery, whole } from "./input.ts";
import { bytesResponse, parseRange } from "./stream.ts";

const Query = z.object({
  provider: last,
  path: last,
  session_id: last,
  device_id: last,
  limit: whole({ min: 1, max: 1000, fallback: 100 }),
  cursor: last,
});

/** The routes. */
export function sources(app: App) {
  return new Hono<Authed>()
    .get("/", need("read", "ingest"), (c) => c.json(list(app, c)))
    .get("/:id/raw", need("read", "ingest"), (c) => raw(app, c));
}

function list(app: App, c: Context<Authed>): SourceList {
  const { limit, cursor, ...filters } = parseQuery(c, Query);
  const own = ownDevice(c);
  if (own !== null && (filters.device_id ?? own) !== own) throw notYours();
  const after = cursor === undefined ? 0 : rowNumber(cursor);
  if (after === null) throw invalidField("cursor", "is not of a list");
  const page = listSources(app.db, { filters: { ...filters, device_id: own ?? filters.device_id }, limit, after });
  return { sources: page.sources, next: page.next === null ? null : String(page.next) };
}

function raw(app: App, c: Context<Authed>): Response {
  const source = sourceOf(app, c);
  const range = parseRange(c.req.header("range"), source.through);
  if (range === "unsatisfiable") return unsatisfiable(source.through);
  const { from, to } = range ?? { from: 0, to: source.through };
  return bytesResponse(
    app.db,
    { source: Number(source.id), from, to },
    {
      head: c.req.method === "HEAD",
      status: range ? 206 : 200,
      headers: {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "attachment",
        "Content-Security-Policy": SANDBOX_CSP,
        "Accept-Ranges": "bytes",
        ...(range ? { "Content-Range": `bytes ${from}-${to - 1}/${source.through}` } : {}),
      },
    },
  );
}

function sourceOf(app: App, c: Context<Authed>): Source {
  const row = rowNumber(c.req.param("id") ?? "");
  const source = row === null ? null : sourceForApi(app.db, row);
  if (!source) throw new Fault("not_found", "There is no such source.");
  const own = ownDevice(c);
  if (own !== null && source.device_id !== own) throw notYours();
  if (source.discarded) throw new Fault("gone", "Its session was deleted, and its bytes with it.");
  return source;
}

/** The device that a token which may only ingest is bound to; null = the caller may read all. */
function ownDevice(c: Context<Authed>): string | null {
  const { scope, device } = c.get("who");
  return scope === "ingest" ? device : null;
}

function notYours(): Fault {
  return new Fault("scope", "A token of scope ingest sees its own device's sources only.");
}

/** null when the text is no row number. */
function rowNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** 416 has no code in the table of faults: no client of ours asks past the end. */
function unsatisfiable(size: number): Response {
  const error = { code: "invalid", message: `The source has ${size} bytes.` };
  return Response.json({ error }, { status: 416, headers: { "Content-Range": `bytes */${size}` } });
}
