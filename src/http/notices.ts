/** What agents tell the person. Mounted at `/api/notices`; agents write by the tool `notify_oikos`. */
import { Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import { NOTICE_LEVELS } from "../domain/memory.ts";
import { listNotices } from "../store/notices.ts";
import { type Authed, need } from "./access.ts";
import { readJson } from "./body.ts";
import { parseQuery, whole } from "./input.ts";
import { writer } from "./memory.ts";

const New = z.object({
  message: z.string().trim().min(1).max(2000),
  level: z.enum(NOTICE_LEVELS).default("info"),
  session_id: z.string().max(100).nullish(),
  agent: z.string().trim().max(100).optional(),
});
const Read = z.object({ read_through: z.number().int().min(0) });
const Page = z.object({ limit: whole({ min: 1, max: 200, fallback: 50 }) });

/** So many a minute from one device. */
const PER_MINUTE = 20;

/** The routes. */
export function notices(app: App): Hono<Authed> {
  const told = new Map<string, number[]>();
  return new Hono<Authed>()
    .get("/", need("read"), (c) => c.json({ notices: listNotices(app.db, parseQuery(c, Page).limit) }))
    .post("/", need("write"), async (c) => {
      const { agent, session_id = null, ...notice } = await readJson(c, New);
      takeTurn(told, c.get("who").device, app.now());
      return c.json(await app.writer.run("addNotice", { ...notice, session_id, by: writer(c, agent) }), 201);
    })
    .patch("/", need("full"), async (c) => {
      const { read_through } = await readJson(c, Read);
      await app.writer.run("readNotices", { through: read_through });
      return c.body(null, 204);
    });
}

function takeTurn(told: Map<string, number[]>, device: string, now: number) {
  const lately = (told.get(device) ?? []).filter((at) => at > now - 60_000);
  if (lately.length >= PER_MINUTE)
    throw new Fault("slow_down", `At most ${PER_MINUTE} notices a minute.`, "Say it in one.", { retry_after: 60 });
  told.set(device, [...lately, now]);
}
