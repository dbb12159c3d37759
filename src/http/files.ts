/** The files a session changed. Mounted on /api/agents/sessions/:id/files. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { askFiles } from "../archive/reports.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { sessionOf } from "./events.ts";
import { askerOf } from "./usage.ts";

/** The route. */
export function files(app: App) {
  return new Hono<Authed>().get("/", need("read"), async (c) => {
    const { id, cwd } = sessionOf(app, c);
    return c.json(await askFiles(askerOf(app, c), { session: id, cwd }));
  });
}
