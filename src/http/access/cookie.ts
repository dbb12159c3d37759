/** The cookie of a signed-in browser. */
import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import type { App } from "../../app.ts";
import type { Config } from "../../config.ts";
import { makeId, makeSecret, sha256 } from "../../lib/crypto.ts";
import { LOGIN_LIFE_MS } from "../../store/logins.ts";
import { publishedUrl } from "./hosts.ts";

/** Its name (API.md section 2). */
export const COOKIE = "longhouse_session";

/** Signs a browser in, always with a new secret. `method` is how it proved itself. Resolves once the login is on disk. */
export async function signIn(app: App, c: Context, method: "once" | "password"): Promise<void> {
  const secret = makeSecret();
  const id = makeId();
  await app.writer.run("addLogin", { id, hash: sha256(secret), method });
  setLoginCookie(app, c, secret);
  app.log.audit("browser signed in", { method, login: id });
}

/** Sends the cookie, good for 30 days from now. */
export function setLoginCookie(app: App, c: Context, secret: string): void {
  setCookie(c, COOKIE, secret, { ...attributes(app, c), maxAge: LOGIN_LIFE_MS / 1000 });
}

/** Takes the cookie back. The login itself ends in the store. */
export function dropLoginCookie(app: App, c: Context): void {
  deleteCookie(c, COOKIE, attributes(app, c));
}

function attributes({ config }: App, c: Context) {
  return { httpOnly: true, sameSite: "Lax", path: "/", secure: isHttps(config, c) } as const;
}

/** We speak plain HTTP: https is what the proxy in front says, or the published address for its own name. */
function isHttps(config: Config, c: Context): boolean {
  if (c.req.header("x-forwarded-proto")?.split(",")[0]?.trim() === "https") return true;
  const url = publishedUrl(config);
  return url?.protocol === "https:" && url.host === c.req.header("host");
}
