/** What a search found, counted by agent, project, device, tag and month. Mounted on /api/agents/facets. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { listFacets } from "../store/facets.ts";
import { snapshot } from "../store/snapshot.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { sessionFilters, sessionPage } from "./session-query.ts";

/** The route. Without a query it counts what the filters leave. */
export function facets(app: App) {
  return new Hono<Authed>().get("/", need("read"), async (c) => {
    const now = app.now();
    const filters = sessionFilters(c, now);
    const { query, tz } = sessionPage(c);
    if (query === undefined || query.trim() === "")
      return c.json({ ...snapshot(app.db, () => listFacets(app.db, filters, now)), partial: false });
    const started = performance.now();
    const counted = await app.search.facets({ query, filters, zone: tz }, c.req.raw.signal);
    c.header("Server-Timing", `facets;dur=${(performance.now() - started).toFixed(2)}`);
    return c.json(counted);
  });
}
