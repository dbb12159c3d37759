/** POST /api/agents/ingest (API.md section 3): a source's raw bytes, or the vision's JSON of parsed events. */
import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import type { Hint, IngestReply, IngestRequest } from "../archive/protocol.ts";
import { Fault } from "../domain/fault.ts";
import { BODY_MAX } from "../domain/limits.ts";
import type { IngestResult } from "../domain/source.ts";
import { sessionId } from "../lib/id.ts";
import { parseTime } from "../lib/utc.ts";
import { provider } from "../providers/all.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { readBody, readBodyPieces } from "./body.ts";
import { invalid } from "./input.ts";
import { takeFromBudget } from "./rate.ts";

const whole = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const short = z.string().max(4096);

const RawQuery = z.object({
  provider: z.string().refine((name) => provider(name) !== null, "unknown provider"),
  path: z
    .string()
    .max(4096)
    .refine(isAbsolute, "not an absolute path")
    .refine((path) => !path.includes("\0"), "holds NUL"),
  generation: whole.default(0),
  offset: whole.default(0),
  unit: z.enum(["lines", "file", "query"]).default("lines"),
  size: whole.optional(),
  cwd: short.optional(),
  project: short.optional(),
  git_repo: short.optional(),
  git_branch: short.optional(),
  environment: short.optional(),
});

const time = z.string().transform((text, context) => {
  const ms = parseTime(text);
  if (Number.isNaN(ms)) context.addIssue("not a time");
  return ms;
});
const VisionEvent = z.looseObject({ role: z.string(), timestamp: time });
const VisionBody = z.looseObject({
  provider: z.string().refine((name) => provider(name) !== null, "unknown provider"),
  started_at: time,
  id: z.string().min(1).max(256).optional(),
  provider_session_id: z.string().min(1).max(256).optional(),
  environment: short.default("production"),
  project: short.nullish(),
  cwd: short.nullish(),
  git_repo: short.nullish(),
  git_branch: short.nullish(),
  events: z.array(VisionEvent).default([]),
});

/** Mounted on /api/agents/ingest. */
export function ingest(app: App) {
  return new Hono<Authed>().post("/", need("ingest"), async (c) => {
    const type = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
    return type === "application/json" ? vision(app, c) : raw(app, c);
  });
}

async function raw(app: App, c: Context<Authed>): Promise<Response> {
  const parsed = RawQuery.safeParse(c.req.query());
  if (!parsed.success) throw invalid(parsed.error);
  const { provider, path, generation, offset, unit, size, ...hint } = parsed.data;
  const base = { device: c.get("who").device, provider, path, generation, unit, size, hint };
  let at = offset;
  let total: IngestResult | null = null;
  for await (const piece of readBodyPieces(c, { max: BODY_MAX })) {
    const length = piece.byteLength;
    const reply = await send(app, c, { ...base, offset: at, bytes: piece });
    if (reply.kind !== "ok") return refuse(app, reply);
    total = add(total, reply.result);
    at += length;
  }
  if (total) return c.json(total);
  // An empty body asks where the source stands.
  const reply = await app.writer.ingest({ ...base, offset, bytes: new ArrayBuffer(0) });
  return reply.kind === "ok" ? c.json(reply.result) : refuse(app, reply);
}

async function send(app: App, c: Context<Authed>, request: IngestRequest): Promise<IngestReply> {
  takeFromBudget(app, c, request.bytes);
  return app.writer.ingest(request);
}

/** The answer of several pieces of one body is their sum. */
function add(total: IngestResult | null, next: IngestResult): IngestResult {
  if (!total) return next;
  return {
    ...next,
    session_id: next.session_id ?? total.session_id,
    events_inserted: total.events_inserted + next.events_inserted,
    events_skipped: total.events_skipped + next.events_skipped,
    session_created: total.session_created || next.session_created,
  };
}

function refuse(app: App, reply: Exclude<IngestReply, { kind: "ok" }>): never {
  if (reply.kind === "gap")
    throw new Fault("offset_gap", "Bytes before this offset are missing.", `Send from offset ${reply.through}.`, {
      through: reply.through,
    });
  const { generation, through } = reply;
  throw new Fault(
    "diverged",
    "The source holds other bytes there.",
    `Send as generation ${generation} from ${through}.`,
    {
      generation,
      through,
    },
  );
}

async function vision(app: App, c: Context<Authed>): Promise<Response> {
  const text = new TextDecoder().decode(await readBody(c, { max: BODY_MAX }));
  const parsed = VisionBody.safeParse(parseJson(text));
  if (!parsed.success) throw invalid(parsed.error);
  const { provider, started_at, environment, events, ...said } = parsed.data;
  const session = said.provider_session_id ?? said.id ?? crypto.randomUUID();
  // Each event's own JSON, as it was sent: the transformed copy would lose its time's spelling.
  const sent = (JSON.parse(text) as { events?: readonly unknown[] }).events ?? [];
  const lines = sent.map((event) => `${JSON.stringify(event)}\n`).join("");
  const hint: Hint = {
    started_at,
    environment,
    ...(said.cwd ? { cwd: said.cwd } : {}),
    ...(said.project ? { project: said.project } : {}),
    ...(said.git_repo ? { git_repo: said.git_repo } : {}),
    ...(said.git_branch ? { git_branch: said.git_branch } : {}),
  };
  const reply = await send(app, c, {
    device: c.get("who").device,
    provider,
    path: `event:${session}`,
    generation: 0,
    offset: 0,
    unit: "lines",
    lines: true,
    hint,
    bytes: new TextEncoder().encode(lines).buffer as ArrayBuffer,
  });
  if (reply.kind !== "ok") return refuse(app, reply);
  const { through: _, source_id: __, ...result } = reply.result;
  return c.json({
    ...result,
    session_id: sessionId(provider, session),
    events_skipped: Math.max(result.events_skipped, events.length - result.events_inserted),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("bad_request", "The body is no JSON.");
  }
}

/** On any system: /…, C:\…, C:/…, \\server\…; `DB#id` of query units starts like that too. */
function isAbsolute(path: string): boolean {
  return /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
}
