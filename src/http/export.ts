/** A session as a file. Mounted on /api/agents/sessions/:id/export. */
import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import type { Event } from "../domain/event.ts";
import { Fault } from "../domain/fault.ts";
import type { Session } from "../domain/session.ts";
import { mainSource, sourceForApi } from "../store/source-rows.ts";
import { sessionByUuid, type SessionRow } from "../store/session-rows.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { sessionOf } from "./events.ts";
import { HTML_CSP, htmlOf } from "./export/html.ts";
import { markdownOf } from "./export/markdown.ts";
import { eachEvent, imagesOf, streamText } from "./export/walk.ts";
import { SANDBOX_CSP } from "./headers.ts";
import { last, noSession, parseQuery } from "./input.ts";
import { bytesResponse } from "./stream.ts";

const TYPES = {
  jsonl: "application/x-ndjson",
  md: "text/markdown; charset=utf-8",
  html: "text/html; charset=utf-8",
  json: "application/json",
} as const;
type Format = keyof typeof TYPES;
const FORMATS = ["jsonl", "md", "html", "json"] as const;
const Query = z.object({ format: last.pipe(z.enum(FORMATS).optional()) });

/** The route. `jsonl` = the bytes of the session's main source, exactly; the others are written from its events. */
export function exported(app: App) {
  return new Hono<Authed>().get("/", need("read"), (c) => {
    const session = sessionOf(app, c);
    const { format = "jsonl" } = parseQuery(c, Query);
    if (format !== "jsonl") return written(app, c, session, format);
    const source = mainSource(app.db, session.id);
    if (!source) throw new Fault("not_found", "The session has no source.");
    return bytesResponse(
      app.db,
      { source: source.id, from: 0, to: source.through },
      { head: c.req.method === "HEAD", headers: { ...headersOf(session, "jsonl"), ...originOf(app, source.id) } },
    );
  });
}

/** A form that is written from the events, as the client reads it. */
function written(app: App, c: Context, row: SessionRow, format: Exclude<Format, "jsonl">): Response {
  const answer = { headers: headersOf(row, format) };
  if (c.req.method === "HEAD") return new Response(null, answer);
  const session = sessionByUuid(app.db, row.uuid, app.now());
  if (!session) throw noSession();
  const events = eachEvent(app.db, row.id);
  if (format === "md") return new Response(streamText(markdownOf(session, events)), answer);
  if (format === "json") return new Response(streamText(jsonOf(session, events)), answer);
  return new Response(streamText(htmlOf(session, events, (event) => imagesOf(app.db, row.id, event))), answer);
}

/** One object: the session, and its events one a line. */
function* jsonOf(session: Session, events: Iterable<Event>): Generator<string> {
  yield `{"session":${JSON.stringify(session)},\n"events":[`;
  let between = "\n";
  for (const event of events) {
    yield between + JSON.stringify(event);
    between = ",\n";
  }
  yield "\n]}\n";
}

function headersOf(session: SessionRow, format: Format): Record<string, string> {
  const name = session.psid.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 100);
  return {
    "Content-Type": TYPES[format],
    "Content-Disposition": `attachment; filename="${name}.${format}"`,
    "Content-Security-Policy": format === "html" ? `${HTML_CSP}; sandbox; frame-ancestors 'none'` : SANDBOX_CSP,
    "X-Session-CWD": headerText(session.cwd),
    "X-Provider-Session-ID": headerText(session.psid),
    "X-Session-Provider": headerText(session.provider),
    "X-Session-Project": headerText(session.project),
  };
}

/** Where the file stood, and on which device: what puts it back needs to know. */
function originOf(app: App, source: number): Record<string, string> {
  const row = sourceForApi(app.db, source);
  return {
    "X-Source-Path": headerText(row?.path ?? null),
    "X-Source-Unit": row?.unit ?? "",
    "X-Source-Device": headerText(row?.device_id ?? null),
  };
}

/** Headers are printable ASCII; what is not, and `%` itself, is percent-encoded UTF-8. */
function headerText(text: string | null): string {
  return (text ?? "").toWellFormed().replaceAll(/[^\x20-\x7e]|%/gu, (character) => encodeURIComponent(character));
}
