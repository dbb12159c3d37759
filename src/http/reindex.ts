/** POST /api/reindex: derives everything anew, for `longhouse reindex` beside a running server. Mounted at `/api/reindex`. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { need, type Authed } from "./access.ts";

/**
 * The route. It answers once the work is begun; GET /api/status tells how far it is. The search index follows session by
 * session, and answers from what it has until then.
 */
export function reindex(app: App): Hono<Authed> {
  return new Hono<Authed>().post("/", need("full"), async (c) => {
    const sessions = await app.writer.run("reindexAll", null);
    app.log.info("everything is derived anew", { sessions, by: c.get("who").id });
    return c.json({ sessions }, 202);
  });
}
