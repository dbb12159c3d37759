/** POST /api/reindex: derives everything anew, for `longhouse reindex` beside a running server. Mounted at `/api/reindex`. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { need, type Authed } from "./access.ts";

/** The route. It answers once the work is begun; GET /api/status tells how far it is. */
export function reindex(app: App): Hono<Authed> {
  return new Hono<Authed>().post("/", need("full"), async (c) => {
    const sessions = await app.writer.run("reindexAll", null);
    app.log.info("everything is derived anew", { sessions, by: c.get("who").id });
    void app.search.reindex().catch((error: unknown) => app.log.error("the search index was not rebuilt", { error }));
    return c.json({ sessions }, 202);
  });
}
