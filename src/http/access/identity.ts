/** Token or cookie → who. Asked anew on every request: what was revoked is nobody at once. */
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { App } from "../../app.ts";
import { Fault } from "../../domain/fault.ts";
import { sha256 } from "../../lib/crypto.ts";
import { findLogin, loginById } from "../../store/logins.ts";
import { findToken, tokenIsGood } from "../../store/tokens.ts";
import { SCOPES, type Scope, type Who } from "./scope.ts";
import { COOKIE, setLoginCookie } from "./cookie.ts";

/** `last_used_at` and the sliding end move this often; more would be a write for each request. */
const TOUCH_MS = 3600 * 1000;

/** Who asks; null = nobody. A token that is shown but unknown is a 401 by itself: the cookie does not help it. */
export function identify(app: App, c: Context): Who | Fault | null {
  if (app.config.authDisabled) return byToken(app, c) ?? { kind: "open", scope: "full", device: app.device, id: null };
  const token = shownToken(c);
  if (token === null) return byCookie(app, c);
  return (
    byToken(app, c) ??
    new Fault("unauthenticated", "This token is unknown or was revoked.", "Type on that machine: longhouse auth")
  );
}

/** Whether somebody who was let in still would be; for connections that outlive a request. */
export function stillGood(app: App, who: Who): boolean {
  if (who.kind === "open" || who.id === null) return true;
  return who.kind === "token" ? tokenIsGood(app.db, who.id) : loginById(app.db, who.id, app.now()) !== null;
}

/** The token of `Authorization: Bearer` or `X-Agents-Token`, which are the same; null when neither is there. */
export function shownToken(c: Context): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
  return bearer ?? c.req.header("x-agents-token") ?? null;
}

function byToken(app: App, c: Context): Who | null {
  const token = shownToken(c);
  const row = token ? findToken(app.db, sha256(token), app.now()) : null;
  // A scope this version does not know gives nothing.
  if (!row || !isScope(row.scope)) return null;
  if ((row.last_used_at ?? 0) < app.now() - TOUCH_MS) note(app, app.writer.run("touchToken", { id: row.id }));
  return { kind: "token", scope: row.scope, device: row.device_id, id: row.id };
}

function byCookie(app: App, c: Context): Who | null {
  const cookie = getCookie(c, COOKIE);
  const row = cookie ? findLogin(app.db, sha256(cookie), app.now()) : null;
  if (!row) return null;
  if (row.last_used_at < app.now() - TOUCH_MS) {
    note(app, app.writer.run("touchLogin", { id: row.id }));
    setLoginCookie(app, c, cookie!);
  }
  return { kind: "cookie", scope: "full", device: app.device, id: row.id };
}

/** Not awaited: a request does not wait for the note that it was made. */
function note(app: App, written: Promise<unknown>) {
  void written.catch((error: unknown) => app.log.warn("use of a token or login not noted", { error }));
}

function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
