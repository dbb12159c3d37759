/** What agents want decided. Mounted at `/api/approvals`. */
import { Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import type { Turns } from "../commis/turns.ts";
import { listApprovals } from "../store/approvals.ts";
import { type Authed, need } from "./access.ts";
import { readJson } from "./body.ts";
import { last, parseQuery, whole } from "./input.ts";
import { writer } from "./memory.ts";

const Page = z.object({
  state: last.pipe(z.enum(["pending", "answered", "withdrawn"]).optional()),
  limit: whole({ min: 1, max: 200, fallback: 50 }),
});
const Answers = z.array(z.array(z.string().max(2000)).max(50)).max(20);
const Answer = z.object({
  decision: z.enum(["once", "session", "deny"]),
  reason: z.string().trim().max(2000).optional(),
  answers: Answers.optional(),
});

/** The routes. */
export function approvals(app: App, turns: Turns): Hono<Authed> {
  return new Hono<Authed>()
    .get("/", need("read"), (c) => {
      const { state, limit } = parseQuery(c, Page);
      return c.json({ approvals: listApprovals(app.db, state ?? null, limit) });
    })
    .put("/:id", need("full"), async (c) => {
      const { decision: kind, reason = "", answers } = await readJson(c, Answer);
      const decision =
        kind === "deny" ? ({ kind, reason } as const) : ({ kind, ...(answers !== undefined && { answers }) } as const);
      return c.json(await turns.answer(c.req.param("id"), decision, writer(c)));
    });
}
