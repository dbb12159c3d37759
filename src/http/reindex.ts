/** POST /api/reindex: derives everything anew, for `longhouse reindex` beside a running server. Mounted at `/api/reindex`. */
import { Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { need, type Authed } from "./access.ts";
import { last, parseQuery } from "./input.ts";

/** `only=search`: the events stay, their index is built anew. */
const Query = z.object({ only: last.pipe(z.enum(["search"]).optional()) });

/**
 * The route. It answers once the work is begun; GET /api/status tells how far it is. The search index follows session by
 * session, and answers from what it has until then.
 */
export function reindex(app: App): Hono<Authed> {
  return new Hono<Authed>().post("/", need("full"), async (c) => {
    if (parseQuery(c, Query).only) {
      // Whoever asked is not kept waiting: what is behind tells how far it is.
      void app.search.reindex().then(() => app.log.info("the search index is built anew"));
      return c.json({ sessions: 0 }, 202);
    }
    const sessions = await app.writer.run("reindexAll", null);
    app.log.info("everything is derived anew", { sessions, by: c.get("who").id });
    return c.json({ sessions }, 202);
  });
}
