/** Signing in and out. Mounted at `/api/auth`. */
import { Hono, type Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import { MIB } from "../domain/limits.ts";
import { loginById } from "../store/logins.ts";
import { dropLoginCookie, signIn } from "./access/cookie.ts";
import { tellEnded } from "./access/ended.ts";
import { peerOf } from "./access/peer.ts";
import type { MaybeAuthed } from "./access.ts";
import { checkPassword } from "./auth/password.ts";
import { createThrottle, type Throttle } from "./auth/throttle.ts";
import { readJson } from "./body.ts";

export { preparePassword } from "./auth/password.ts";

const Login = z.object({ password: z.string() });

/** The routes. */
export function auth(app: App): Hono<MaybeAuthed> {
  const throttle = createThrottle();
  return new Hono<MaybeAuthed>()
    .get("/methods", (c) => c.json({ password: app.config.password !== null, google: false, sso: false }))
    .get("/status", (c) => c.json(statusOf(app, c)))
    .post("/password", async (c) => {
      const { password } = await readJson(c, Login, { max: 2 * MIB });
      await judge(app, c, { throttle, password });
      await signIn(app, c, "password");
      return c.json({ authenticated: true });
    })
    .post("/logout", async (c) => {
      const who = c.get("who");
      if (who?.kind === "cookie") {
        await app.writer.run("revokeLogin", { id: who.id! });
        app.log.audit("browser signed out", { login: who.id });
        tellEnded(app);
      }
      dropLoginCookie(app, c);
      return c.body(null, 204);
    });
}

async function judge(app: App, c: Context, { throttle, password }: { throttle: Throttle; password: string }) {
  const peer = peerOf(c);
  const wait = throttle.wait(peer, app.now());
  if (wait > 0) throw tooOften(wait);
  // Counted as wrong before it is known: many tries at once must not all pass for the first.
  throttle.wrong(peer, app.now());
  const verdict = await checkPassword(app, password);
  if (verdict === "busy") throw tooOften(1000);
  if (verdict === "right") return throttle.right(peer);
  app.log.audit("password refused", { peer });
  throw new Fault("unauthenticated", "The password is wrong.");
}

function tooOften(waitMs: number): Fault {
  const seconds = Math.ceil(waitMs / 1000);
  return new Fault("slow_down", "Too many tries.", `Try again in ${seconds} s.`, { retry_after: seconds });
}

function statusOf(app: App, c: Context<MaybeAuthed>) {
  const who = c.get("who");
  if (!who) return { authenticated: false, method: null, expires_at: null };
  const login = who.kind === "cookie" ? loginById(app.db, who.id!, app.now()) : null;
  const expires_at = login ? new Date(login.expires_at).toISOString() : null;
  return { authenticated: true, method: login?.method ?? who.kind, expires_at };
}
