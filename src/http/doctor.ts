/** What only the server can tell `longhouse doctor`. Mounted on /api/doctor. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { askFormats } from "../archive/reports.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { askerOf } from "./usage.ts";

/** The routes. */
export function doctor(app: App) {
  return new Hono<Authed>().get("/formats", need("read"), async (c) => c.json(await askFormats(askerOf(app, c))));
}
