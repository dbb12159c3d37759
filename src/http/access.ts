/**
 * Who may: host, forwarded headers, origin and identity are judged before any route runs (API.md section 2).
 * `access` is mounted on every path, right after the headers; `need` stands in each route. What forgets `need` is still
 * closed to nobodies: everything under /api/, /mcp and /metrics is, but for the routes listed here.
 */
import type { Context, MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import { isLocal, refuseForwarded } from "./access/forwarded.ts";
import { hostIsOurs, parseHost } from "./access/hosts.ts";
import { identify } from "./access/identity.ts";
import { isChange, refuseForeign } from "./access/origin.ts";
import {
  covers,
  outOfScope,
  unauthenticated,
  type Authed,
  type MaybeAuthed,
  type Need,
  type Who,
} from "./access/scope.ts";

export type { Authed, MaybeAuthed, Need, Scope, Who } from "./access/scope.ts";
export { isLocal, refuseOpenBind } from "./access/forwarded.ts";
export { stillGood } from "./access/identity.ts";

/** Routes that ask nobody who they are; they throttle, or say nothing worth knowing. */
const NO_AUTH = new Set([
  "GET /api/health",
  "GET /api/auth/status",
  "GET /api/auth/methods",
  "POST /api/auth/password",
  "POST /api/auth/logout",
  "POST /api/auth/accept-token",
  "POST /api/devices/codes",
  "POST /api/devices/codes/poll",
  "POST /api/devices/codes/cancel",
]);

/** Mounted on `*`, before every route: judges the request and sets `who`. Throws Fault 401 or 403. */
export function access(app: App): MiddlewareHandler<MaybeAuthed> {
  return async (c, next) => {
    const refusal = refuseAddress(app, c);
    if (refusal) throw refusal;
    const who = identify(app, c);
    if (who && !(who instanceof Fault)) c.set("who", who);
    const closed = refuseNobody(app, c, who) ?? refuseBare(c, who);
    if (closed) throw closed;
    await next();
  };
}

/** Lets a request through whose caller has one of `needs`: 401 for nobody, 403 `scope` for too little. */
export function need(...needs: readonly [Need, ...Need[]]): MiddlewareHandler<Authed> {
  return async (c, next) => {
    // Absent until `access` has found somebody: the type speaks of what comes after this line.
    const who = c.get("who") as Who | undefined;
    if (!who) throw unauthenticated();
    if (!covers(who, needs)) throw outOfScope(who, needs);
    await next();
  };
}

function refuseAddress({ config }: App, c: Context): Fault | null {
  const host = parseHost(c.req.header("host"));
  if (!host || !hostIsOurs(host, config)) return badHost(c.req.header("host") ?? "");
  return refuseForwarded(config, c.req.raw.headers) ?? refuseForeign(asked(c), config);
}

function refuseNobody({ config }: App, c: Context, who: Who | Fault | null): Fault | null {
  if (who !== null && !(who instanceof Fault)) return null;
  const { path } = c.req;
  if (path === "/metrics" && who === null && isLocal(config, c.req.raw.headers)) return null;
  const guarded = path.startsWith("/api/") || path === "/metrics" || /^\/mcp(\/|$)/.test(path);
  if (!guarded || isNoAuth(c)) return null;
  return who ?? unauthenticated();
}

/** A change or an upgrade by cookie, but without an Origin: no browser sends that. */
function refuseBare(c: Context, who: Who | Fault | null): Fault | null {
  if (who === null || who instanceof Fault || who.kind !== "cookie" || isNoAuth(c)) return null;
  if (c.req.header("origin") !== undefined || !isChange(asked(c))) return null;
  return new Fault(
    "bad_origin",
    "A change by cookie needs an Origin header.",
    "Scripts send a token: Authorization: Bearer …",
  );
}

function isNoAuth(c: Context): boolean {
  const method = c.req.method === "HEAD" ? "GET" : c.req.method;
  return NO_AUTH.has(`${method} ${c.req.path}`);
}

function asked(c: Context) {
  return { method: c.req.method, path: c.req.path, header: (name: string) => c.req.header(name) };
}

function badHost(host: string): Fault {
  return new Fault(
    "bad_host",
    `This server does not answer to the name ${JSON.stringify(host.slice(0, 200))}.`,
    "If that is its name, add it to [server] allowed_hosts.",
  );
}
