/** A session as a file. Mounted on /api/agents/sessions/:id/export. */
import { Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import { mainSource } from "../store/source-rows.ts";
import type { SessionRow } from "../store/session-rows.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { sessionOf } from "./events.ts";
import { SANDBOX_CSP } from "./headers.ts";
import { last, parseQuery } from "./input.ts";
import { bytesResponse } from "./stream.ts";

const FORMATS = ["jsonl", "md", "html", "json"] as const;
const Query = z.object({ format: last.pipe(z.enum(FORMATS).optional()) });

/** The route. `jsonl` = the bytes of the session's main source, exactly. */
export function exported(app: App) {
  return new Hono<Authed>().get("/", need("read"), (c) => {
    const session = sessionOf(app, c);
    const { format = "jsonl" } = parseQuery(c, Query);
    if (format !== "jsonl") throw new Fault("not_found", `Sessions cannot be exported as ${format} yet.`);
    const source = mainSource(app.db, session.id);
    if (!source) throw new Fault("not_found", "The session has no source.");
    return bytesResponse(
      app.db,
      { source: source.id, from: 0, to: source.through },
      { head: c.req.method === "HEAD", headers: headersOf(session) },
    );
  });
}

function headersOf(session: SessionRow): Record<string, string> {
  const name = session.psid.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 100);
  return {
    "Content-Type": "application/x-ndjson",
    "Content-Disposition": `attachment; filename="${name}.jsonl"`,
    "Content-Security-Policy": SANDBOX_CSP,
    "X-Session-CWD": headerText(session.cwd),
    "X-Provider-Session-ID": headerText(session.psid),
    "X-Session-Provider": headerText(session.provider),
    "X-Session-Project": headerText(session.project),
  };
}

/** Headers are printable ASCII; what is not, and `%` itself, is percent-encoded UTF-8. */
function headerText(text: string | null): string {
  return (text ?? "").toWellFormed().replaceAll(/[^\x20-\x7e]|%/gu, (character) => encodeURIComponent(character));
}
