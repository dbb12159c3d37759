/** GET /login?once=T: a one-time token becomes the cookie. Mounted at `/login`; without `once` the app's page answers. */
import { Hono, type Context } from "hono";
import { html } from "hono/html";
import type { App } from "../app.ts";
import { makeSecret, sha256 } from "../lib/crypto.ts";
import { signIn } from "./access/cookie.ts";
import { need, type MaybeAuthed } from "./access.ts";

/** A quarter of an hour: time to come back to the terminal, none to find the link in a log tomorrow. */
export const ONCE_LIFE_MS = 15 * 60 * 1000;

/** Makes a one-time token for `/login?once=`. Resolves once it is on disk. */
export async function mintOnce(app: App): Promise<string> {
  const once = makeSecret();
  await app.writer.run("addNonce", { hash: sha256(once), kind: "once", lifeMs: ONCE_LIFE_MS });
  return once;
}

/** The path a browser is sent to, on this server whatever the text says: `//evil`, `/\evil`, `https:evil` give /timeline. */
export function localPath(text: string | undefined): string {
  const here = "http://here.invalid";
  const url = text?.startsWith("/") ? URL.parse(text, here) : null;
  return url?.origin === here && !url.pathname.startsWith("//") ? url.pathname + url.search + url.hash : "/timeline";
}

/** The route. */
export function login(app: App): Hono<MaybeAuthed> {
  return new Hono<MaybeAuthed>().get("/", async (c, next) => {
    const once = c.req.query("once");
    if (once === undefined) return next();
    c.header("Referrer-Policy", "no-referrer");
    c.header("Cache-Control", "no-store");
    // Only a person's own visit may spend it: not a HEAD, and not a browser that guesses ahead.
    if (c.req.method !== "GET" || isPrefetch(c)) return c.body(null, 204);
    if (await spend(app, once)) await signIn(app, c, "once");
    // A link opened twice by the same browser goes where it went the first time.
    else if (c.get("who")?.kind !== "cookie") return c.html(expiredPage(), 401);
    return c.redirect(localPath(c.req.query("next")));
  });
}

/** POST / mints a one-time token, for `longhouse open`. Mounted at `/api/auth/once`. */
export function onceRoutes(app: App): Hono {
  return new Hono().post("/", need("full"), async (c) => {
    const once = await mintOnce(app);
    app.log.audit("login link made", { by: c.get("who").id });
    return c.json({ once, path: `/login?once=${once}`, expires_in: ONCE_LIFE_MS / 1000 }, 201);
  });
}

async function spend(app: App, once: string): Promise<boolean> {
  const good = await app.writer.run("spendNonce", { hash: sha256(once), kind: "once" });
  if (!good) app.log.audit("login link refused");
  return good;
}

function isPrefetch(c: Context): boolean {
  const purpose = `${c.req.header("sec-purpose")} ${c.req.header("purpose")} ${c.req.header("x-moz")}`;
  return purpose.includes("prefetch");
}

/** Plain: this page must work when nothing else does. */
function expiredPage() {
  return html`<!doctype html>
    <html lang="en" style="color-scheme: light dark">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>Longhouse: sign in</title>
      <body style="font: 15px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 20vh auto; padding: 0 1.5rem">
        <h1 style="font-size: 20px">This link has been used, or is too old</h1>
        <p>Run <code>longhouse open</code> in a terminal on the machine that runs Longhouse. It opens a new one.</p>
      </body>
    </html>`;
}
