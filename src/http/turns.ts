/** Turns: one, its stream for who comes again, and its end on request. Mounted at `/api/turns`. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { type Turns, turnOf } from "../commis/turns.ts";
import { type Authed, need } from "./access.ts";
import { turnStream } from "./turn-stream.ts";

/** The routes. */
export function turnRoutes(app: App, turns: Turns): Hono<Authed> {
  return new Hono<Authed>()
    .get("/:id", need("read"), (c) => c.json(turnOf(app, c.req.param("id"))))
    .get("/:id/stream", need("read"), async (c) => {
      const { id } = turnOf(app, c.req.param("id"));
      const last = Number(c.req.header("last-event-id") ?? -1);
      return turnStream(app, { id, chat: await turns.chat(id), from: Number.isInteger(last) ? last + 1 : 0 });
    })
    .put("/:id/cancellation", need("full"), (c) => {
      const { id } = turnOf(app, c.req.param("id"));
      turns.cancel(id, "You stopped it.");
      app.log.audit("turn cancelled", { id, by: c.get("who").id });
      return c.json(turnOf(app, id), 202);
    });
}
