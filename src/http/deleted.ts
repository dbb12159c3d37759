/** What was deleted: tombstones, the newest first. Mounted on /api/agents/deleted. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { listTombstones } from "../store/tombstones.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";

/** The route. */
export function deleted(app: App) {
  return new Hono<Authed>().get("/", need("read"), (c) => c.json({ deleted: listTombstones(app.db) }));
}
