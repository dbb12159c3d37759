/** What `longhouse export` asks and `longhouse import` tells, beside a source's bytes. Mounted on /api/transfer. */
import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { BODY_MAX, MIB } from "../domain/limits.ts";
import { provider } from "../providers/all.ts";
import { exportMarks, exportSources } from "../store/transfer.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { readBody, readJson } from "./body.ts";
import { invalid, last, parseQuery } from "./input.ts";

const MARKS_MAX = 64 * MIB;

const name = z.string().min(1).max(4096);
const knownProvider = z.string().refine((text) => provider(text) !== null, "unknown provider");
const whole = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A hint as ingest once took it; what is not known is left out. */
const Hint = z.object({
  cwd: name.optional(),
  project: name.optional(),
  git_repo: name.optional(),
  git_branch: name.optional(),
  environment: name.optional(),
  started_at: z.number().optional(),
  demo: z.boolean().optional(),
});

const Source = z.object({
  device_id: z.string().min(1).max(256),
  provider: knownProvider,
  path: name.refine((path) => !path.includes("\0"), "holds NUL"),
  generation: whole,
  offset: whole,
  unit: z.enum(["lines", "file", "query"]),
  size: whole.optional(),
  hint: z
    .string()
    .default("{}")
    .transform((text, context) => {
      try {
        return Hint.parse(JSON.parse(text));
      } catch {
        context.addIssue("is no hint");
        return {};
      }
    }),
});

const Deleted = z.object({
  deleted: z.array(
    z.object({
      id: z.string(),
      provider: knownProvider,
      provider_session_id: z.string().min(1).max(1024),
      agent_id: z.string().max(1024),
      variant: z.string().max(256),
      deleted_at: z.iso.datetime(),
    }),
  ),
});

const Marks = z.object({
  sessions: z.array(
    z.object({
      id: z.string().max(64),
      title: z.string().max(500).nullable(),
      note: z.string().max(50_000).nullable(),
      tags: z.array(z.string().min(1).max(64)).max(50),
      pinned: z.boolean(),
    }),
  ),
});

const Page = z.object({
  cursor: last.pipe(
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .optional(),
  ),
});

/** The routes. */
export function transfer(app: App) {
  return new Hono<Authed>()
    .get("/sources", need("read"), (c) => {
      const { sources, next } = exportSources(app.db, parseQuery(c, Page).cursor ?? 0);
      return c.json({ sources, next: next === null ? null : String(next) });
    })
    .get("/marks", need("read"), (c) => c.json(exportMarks(app.db)))
    .post("/sources", need("full"), async (c) => bytesOf(app, c))
    .post("/deleted", need("full"), async (c) => {
      const { deleted } = await readJson(c, Deleted, { max: MARKS_MAX });
      const taken = await app.writer.run("importTombstones", { deleted });
      app.log.audit("tombstones imported", { count: taken, by: c.get("who").id });
      return c.json({ deleted: taken });
    })
    .post("/marks", need("full"), async (c) => {
      const { sessions } = await readJson(c, Marks, { max: MARKS_MAX });
      return c.json({ sessions: await app.writer.run("importMarks", { sessions }) });
    });
}

/** As ingest, but of any device: who holds the archive says whose bytes they are. 409 is answered as data: the caller goes on. */
async function bytesOf(app: App, c: Context<Authed>): Promise<Response> {
  const parsed = Source.safeParse(c.req.query());
  if (!parsed.success) throw invalid(parsed.error);
  const { device_id: device, ...source } = parsed.data;
  const bytes = new Uint8Array(await readBody(c, { max: BODY_MAX })).buffer;
  const reply = await app.writer.ingest({ ...source, device, bytes });
  return reply.kind === "ok" ? c.json(reply.result) : c.json(reply, 409);
}
