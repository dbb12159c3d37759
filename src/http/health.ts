/** GET /api/health: whether all is well, for whoever watches. Mounted at `/api/health`; says why only to somebody known. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { VERSION } from "../version.ts";
import type { MaybeAuthed } from "./access.ts";
import { diskOf, problems } from "./problems.ts";

/** The route. 200 also when degraded: the server answers, and a restart would mend nothing. */
export function health(app: App): Hono<MaybeAuthed> {
  return new Hono<MaybeAuthed>().get("/", async (c) => {
    const errors = problems(app, await diskOf(app));
    const status = errors.length === 0 ? "ok" : "degraded";
    const who = c.get("who");
    // An ingest token ingests, nothing else.
    const details = who && who.scope !== "ingest" ? { uptime_s: Math.floor(process.uptime()), errors } : {};
    return c.json({ status, version: VERSION, ...details });
  });
}
