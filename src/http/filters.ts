/** Values to filter by, with counts. Mounted on /api/agents/filters. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { listFacets } from "../store/facets.ts";
import { snapshot } from "../store/snapshot.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { sessionFilters } from "./session-query.ts";

/** The route. */
export function filters(app: App) {
  return new Hono<Authed>().get("/", need("read"), (c) => {
    const now = app.now();
    const wanted = sessionFilters(c, now);
    return c.json({ ...snapshot(app.db, () => listFacets(app.db, wanted, now)), partial: false });
  });
}
