/** Saved views of the timeline. Mounted at `/api/views` (API.md section 4). */
import type { Context } from "hono";
import { Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import { VIEW_KINDS } from "../domain/view.ts";
import { listViews } from "../store/views.ts";
import { type Authed, need } from "./access.ts";
import { readJson } from "./body.ts";

const fields = {
  name: z
    .string()
    .transform((text) => text.replace(/[\s\p{Cc}]+/gu, " ").trim())
    .pipe(z.string().min(1).max(100)),
  kind: z.enum(VIEW_KINDS),
  // An address of the timeline and nothing else: it becomes a link.
  path: z
    .string()
    .max(4000)
    .regex(/^\/timeline(\?[^#\s\p{Cc}]*)?$/u, "is an address of the timeline: /timeline?…"),
  position: z.number().int().min(0).max(1000),
};
const New = z.object({ ...fields, position: fields.position.optional() });
const Patch = z.object(fields).partial();

/** The routes. */
export function views(app: App): Hono<Authed> {
  return new Hono<Authed>()
    .get("/", need("read"), (c) => c.json({ views: listViews(app.db) }))
    .post("/", need("full"), async (c) => {
      const { position, ...view } = await readJson(c, New);
      return c.json(await app.writer.run("addView", position === undefined ? view : { ...view, position }), 201);
    })
    .patch("/:id", need("full"), async (c) => {
      const id = idOf(c);
      const said = Object.entries(await readJson(c, Patch)).filter(([, value]) => value !== undefined);
      const changed = await app.writer.run("patchView", { id, patch: Object.fromEntries(said) });
      if (!changed) throw noView();
      return c.json(changed);
    })
    .delete("/:id", need("full"), async (c) => {
      if (!(await app.writer.run("deleteView", { id: idOf(c) }))) throw noView();
      return c.body(null, 204);
    });
}

function idOf(c: Context): number {
  const id = c.req.param("id") ?? "";
  if (!/^\d{1,15}$/.test(id)) throw noView();
  return Number(id);
}

const noView = () => new Fault("not_found", "There is no such view.", "It may have been deleted.");
