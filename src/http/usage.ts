/** What was used and what it cost. Mounted on /api/agents/usage. */
import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { followPriceFile } from "../archive/price-file.ts";
import { askUsage } from "../archive/reports.ts";
import type { Asker } from "../archive/reports.ts";
import { USAGE_BY } from "../domain/usage.ts";
import { isTimeZone, nextDay, startOfDay } from "../lib/days.ts";
import type { UsageRequest } from "../store/usage-report.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { remembered } from "./insights-cache.ts";
import { choice, last, parseQuery, time } from "./input.ts";

const Query = z.object({
  by: last.pipe(z.enum(USAGE_BY, `is one of ${USAGE_BY.join(", ")}`).default("day")),
  tz: last.pipe(z.string().refine(isTimeZone, "is a time zone, such as Europe/Vienna").default("UTC")),
  since: time({ end: false }),
  until: time({ end: true }),
  provider: choice(),
  project: choice(),
  device_id: choice(),
  environment: choice(),
});

/** The route. A price file that was changed counts from the next report on. */
export function usage(app: App) {
  return new Hono<Authed>().get("/", need("read"), async (c) => {
    const request = usageRequest(c);
    await followPriceFile(app.config.home, app.writer);
    return c.json(await remembered(app, c, ["usage", request], (asker) => askUsage(asker, request)));
  });
}

/** On whose behalf a report is made. */
export function askerOf(app: App, c: Context): Asker {
  return { database: app.config.database, now: app.now(), signal: c.req.raw.signal };
}

/** What of a request says which calls, and how to add them up. Throws Fault 422. */
export function usageRequest(c: Context): UsageRequest {
  const { by, tz, since, until, ...filters } = parseQuery(c, Query);
  const day = (name: string) => /^\d{4}-\d{2}-\d{2}$/.exec(c.req.queries(name)?.at(-1) ?? "")?.[0];
  const [first, end] = [day("since"), day("until")];
  return {
    by,
    tz,
    // A day is one of the asked time zone; a time says its own.
    since: first ? startOfDay(tz, first) : since,
    until: end ? startOfDay(tz, nextDay(end)) : until,
    filters,
  };
}
