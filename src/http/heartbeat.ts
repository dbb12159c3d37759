/** What a machine's shipper says of itself. Mounted on /api/agents/heartbeat. */
import { Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { MIB } from "../domain/limits.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { readJson } from "./body.ts";

/** Sessions that one machine may run at once, and failures that it may name: the rest is left out. */
const LIVE_MAX = 500;
const FAILED_MAX = 100;

const text = z.string().max(4096);
const count = z.number().int().nonnegative().catch(0);

const Live = z.object({
  provider: z.string().max(100),
  provider_session_id: z.string().min(1).max(256),
  // A shipper that knows more words than we do means that the agent is alive.
  state: z.enum(["working", "waiting", "idle"]).catch("idle"),
  tool: text.optional().catch(undefined),
  waiting_for: text.optional().catch(undefined),
  since: text.optional().catch(undefined),
});

const Progress = z.object({
  sources: count,
  bytes: count,
  acked: count,
  spooled: count,
  failed: count,
  paused: z.boolean().catch(false),
});

const Body = z.object({
  version: z.string().max(100),
  started_at: text.nullish().transform((at) => at ?? null),
  providers: z.record(z.string().max(100), Progress).default({}),
  live: z
    .array(Live)
    .default([])
    .transform((live) => live.slice(0, LIVE_MAX)),
  failed: z
    .array(z.object({ path: text, code: text, at: text }))
    .default([])
    .transform((failed) => failed.slice(0, FAILED_MAX)),
  disk_free: z
    .number()
    .nullish()
    .transform((bytes) => bytes ?? null),
  polling: z
    .string()
    .max(100)
    .nullish()
    .transform((reason) => reason ?? null)
    .catch(null),
});

/** The route. */
export function heartbeat(app: App) {
  // Between two starts the archive may have been put back to a backup: shippers then compare what it has.
  const run = crypto.randomUUID();
  return new Hono<Authed>().post("/", need("ingest"), async (c) => {
    const said = await readJson(c, Body, { max: MIB });
    const { device } = c.get("who");
    const reply = await app.writer.run("recordHeartbeat", {
      device,
      heartbeat: said,
      intervalMs: app.config.times.heartbeat,
    });
    // A renamed machine ships on under the name that its token has.
    return c.json({ ...reply, device_id: device, run });
  });
}
