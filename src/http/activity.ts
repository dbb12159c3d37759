/** How much happened where in a session. Mounted on /api/agents/sessions/:id/activity. */
import { Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { activityOf } from "../store/activity.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { sessionOf } from "./events.ts";
import { parseQuery, whole } from "./input.ts";

const Query = z.object({ buckets: whole({ min: 1, max: 400, fallback: 120 }) });

/** The route. */
export function activity(app: App) {
  return new Hono<Authed>().get("/", need("read"), (c) =>
    c.json(activityOf(app.db, sessionOf(app, c).id, parseQuery(c, Query).buckets)),
  );
}
