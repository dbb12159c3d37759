/** All that the insights page shows of a range of time. Mounted on /api/agents/insights; the filters are those of usage. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { followPriceFile } from "../archive/price-file.ts";
import { askInsights } from "../archive/reports.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { remembered } from "./insights-cache.ts";
import { usageRequest } from "./usage.ts";

/** The route. */
export function insights(app: App) {
  return new Hono<Authed>().get("/", need("read"), async (c) => {
    const { by: _, ...request } = usageRequest(c);
    await followPriceFile(app.config.home, app.writer);
    return c.json(await remembered(app, c, ["insights", request], (asker) => askInsights(asker, request)));
  });
}
