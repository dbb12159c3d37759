/** The HTTP face: one file a resource, mounted here. Every answer to a mistake has the body of API.md section 1. */
import type { Server, WebSocketHandler } from "bun";
import { Hono } from "hono";
import type { Context, MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import type { FaultBody, FaultCode } from "../domain/fault.ts";
import { access } from "./access.ts";
import type { MaybeAuthed } from "./access.ts";
import { createTurns, type Turns } from "../commis/turns.ts";
import { activity } from "./activity.ts";
import { approvals } from "./approvals.ts";
import { assets } from "./assets.ts";
import { auth } from "./auth.ts";
import { bodies } from "./body.ts";
import { chat } from "./chat.ts";
import { codes } from "./devices.ts";
import { deleted } from "./deleted.ts";
import { doctor } from "./doctor.ts";
import { events } from "./events.ts";
import { exported } from "./export.ts";
import { facets } from "./facets.ts";
import { files } from "./files.ts";
import { filters } from "./filters.ts";
import { headers } from "./headers.ts";
import { health } from "./health.ts";
import { heartbeat } from "./heartbeat.ts";
import { ingest } from "./ingest.ts";
import { insights } from "./insights.ts";
import { live } from "./live.ts";
import type { LiveData } from "./live.ts";
import { login, onceRoutes } from "./login.ts";
import { countIngest, metrics } from "./metrics.ts";
import { mcp } from "./mcp.ts";
import { memory } from "./memory.ts";
import { notices } from "./notices.ts";
import { parts } from "./parts.ts";
import { reindex } from "./reindex.ts";
import { sessions } from "./sessions.ts";
import { settings } from "./settings.ts";
import { sources } from "./sources.ts";
import { status } from "./status.ts";
import { tokens } from "./tokens.ts";
import { transfer } from "./transfer.ts";
import { turnRoutes } from "./turns.ts";
import { usage } from "./usage.ts";
import { views } from "./views.ts";

/** What Bun.serve is given. */
export type Api = {
  fetch(request: Request, server?: Server<LiveData>): Response | Promise<Response>;
  readonly websocket: WebSocketHandler<LiveData>;
  /** What is mounted, `:id` and all; for tests that walk it. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** Ends the live connections. */
  close(): void;
};

/** Mounts all resources on an app. */
export function createApi(app: App, turns: Turns = createTurns(app)): Api {
  const feed = live(app);
  const api = new Hono<MaybeAuthed>();
  api.use("*", timing(), headers(), bodies(), access(app));
  api.route("/api/auth/once", onceRoutes(app));
  api.route("/api/auth", auth(app));
  api.route("/api/devices/tokens", tokens(app));
  api.route("/api/devices/codes", codes(app));
  api.route("/login", login(app));
  api.use("/api/agents/ingest", countIngest(app));
  api.route("/api/agents/ingest", ingest(app));
  api.route("/api/agents/heartbeat", heartbeat(app));
  api.route("/api/agents/sources", sources(app));
  api.route("/api/agents/deleted", deleted(app));
  api.route("/api/agents/facets", facets(app));
  api.route("/api/agents/filters", filters(app));
  api.route("/api/agents/sessions", sessions(app));
  api.route("/api/agents/sessions/:id/events", events(app));
  api.route("/api/agents/sessions/:id/events/:event/parts", parts(app));
  api.route("/api/agents/sessions/:id/activity", activity(app));
  api.route("/api/agents/sessions/:id/files", files(app));
  api.route("/api/agents/sessions/:id/export", exported(app));
  api.route("/api/agents/usage", usage(app));
  api.route("/api/agents/insights", insights(app));
  api.route("/api/memory", memory(app));
  api.route("/api/notices", notices(app));
  api.route("/api/sessions/:id", chat(app, turns));
  api.route("/api/turns", turnRoutes(app, turns));
  api.route("/api/approvals", approvals(app, turns));
  api.route("/api/doctor", doctor(app));
  api.route("/api/live", feed.routes);
  api.route("/api/health", health(app));
  api.route("/api/settings", settings(app));
  api.route("/api/status", status(app));
  api.route("/api/transfer", transfer(app));
  api.route("/api/reindex", reindex(app));
  api.route("/api/views", views(app));
  api.route("/metrics", metrics(app));
  api.route(
    "/mcp",
    mcp(app, (request) => api.fetch(request)),
  );
  const allowed = methodsOf(api);
  const web = assets();
  api.all("*", (c) => {
    if (!c.req.path.startsWith("/api/")) return web(c);
    throw noRoute(c, allowed(c.req.path));
  });
  api.onError((error, c) => answerTo(app, c, error));
  const routes = api.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => ({ method, path }));
  return {
    fetch: (request, server) => api.fetch(request, server),
    websocket: feed.websocket,
    routes,
    close: feed.close,
  };
}

/** How long the server took, for the browser's own tools. Handlers that name their part are left alone. */
function timing(): MiddlewareHandler {
  return async (c, next) => {
    const started = performance.now();
    await next();
    if (!c.req.path.startsWith("/api/") || c.res.headers.has("Server-Timing")) return;
    c.res.headers.set("Server-Timing", `app;dur=${(performance.now() - started).toFixed(2)}`);
  };
}

/** Path → methods of the routes that stand there, so that a wrong method is a 405 and not a 404. */
function methodsOf(api: Hono<MaybeAuthed>): (path: string) => readonly string[] {
  const routes = api.routes.filter(({ method }) => method !== "ALL");
  const patterns = routes.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll(/:[^/]+/g, "[^/]+").replace(/\/$/, "")}/?$`),
  }));
  return (path) => [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
}

function noRoute(c: Context, allowed: readonly string[]): Fault {
  if (allowed.length === 0) return new Fault("not_found", "There is nothing at this path.");
  c.header("Allow", allowed.join(", "));
  return new Fault("method_not_allowed", `${c.req.method} is not for this path; ${allowed.join(", ")} is.`);
}

function answerTo(app: App, c: Context, error: unknown): Response {
  const fault = error instanceof Fault ? error : unforeseen(app, c, error);
  const { code, message, hint = hintOf(code), details } = fault;
  const seconds = details["retry_after"];
  if (seconds !== undefined) c.header("Retry-After", String(seconds));
  const body: FaultBody = { error: hint === undefined ? { code, message } : { code, message, hint } };
  // Details of an internal fault (a stack) are for the log alone.
  if (code !== "internal") return c.json({ ...details, ...body }, fault.status as 400);
  if (fault === error) tellLog(app, c, { said: message, ...details });
  return c.json(body, 500);
}

/** Where to look when there is nothing to be done. */
function hintOf(code: FaultCode): string | undefined {
  return code === "internal" ? "The server's log says more: logs/server.log in LONGHOUSE_HOME." : undefined;
}

function tellLog(app: App, c: Context, what: Readonly<Record<string, unknown>>) {
  app.log.error("request failed", { method: c.req.method, path: c.req.path, ...what });
}

/** What nobody foresaw is told to the log, not to the caller. */
function unforeseen(app: App, c: Context, error: unknown): Fault {
  const text = error instanceof Error ? error.message : String(error);
  if (c.req.raw.signal.aborted) return new Fault("bad_request", "The caller went away.");
  if (/SQLITE_FULL|database or disk is full|ENOSPC/i.test(text)) return new Fault("disk_full", "The disk is full.");
  tellLog(app, c, { error });
  return new Fault("internal", "Something went wrong here.");
}
