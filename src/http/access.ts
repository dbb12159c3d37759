/**
 * Who may: host, forwarded headers, origin and identity are judged before any route runs (API.md section 2).
 * `access` is mounted on every path, right after the headers; `need` stands in each route.
 */
import type { MiddlewareHandler } from "hono";
import { covers, outOfScope, unauthenticated, type Authed, type Need } from "./access/scope.ts";

export type { Authed, MaybeAuthed, Need, Scope, Who } from "./access/scope.ts";

/** Lets a request through whose caller has one of `needs`: 401 for nobody, 403 `scope` for too little. */
export function need(...needs: readonly [Need, ...Need[]]): MiddlewareHandler<Authed> {
  return async (c, next) => {
    // Absent until `access` has found somebody: the type speaks of what comes after this line.
    const who = c.get("who") as Authed["Variables"]["who"] | undefined;
    if (!who) throw unauthenticated();
    if (!covers(who, needs)) throw outOfScope(who, needs);
    await next();
  };
}
