/** Device tokens. Mounted at `/api/devices/tokens`; codes for `auth` are in devices.ts. */
import { Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { mintToken } from "../archive/mint-token.ts";
import { Fault } from "../domain/fault.ts";
import { listTokens, type ListedToken } from "../store/tokens.ts";
import { tellEnded } from "./access/ended.ts";
import { type Authed, need } from "./access.ts";
import { outOfScope, SCOPES } from "./access/scope.ts";
import { readJson } from "./body.ts";

/** What a machine is called: one line, no control characters. */
export const deviceId: z.ZodType<string> = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cf}\u2028\u2029]+$/u, "one line without control characters");

const NewToken = z.object({ device_id: deviceId, scope: z.enum(SCOPES).default("device") });

/** The routes. A device may give a turn that it starts less than it may itself, under its own name; a turn's token may end itself. */
export function tokens(app: App): Hono<Authed> {
  return new Hono<Authed>()
    .get("/", need("full"), (c) => c.json({ tokens: listTokens(app.db).map(shown) }))
    .post("/", need("full", "write"), async (c) => {
      const who = c.get("who");
      const { device_id, scope } = await readJson(c, NewToken);
      const ownTurn = who.scope === "device" && scope === "tools";
      if (who.scope !== "full" && !ownTurn) throw outOfScope(who, ["full"]);
      return c.json(await mintToken(app, ownTurn ? who.device : device_id, scope), 201);
    })
    .delete("/:id", need("full", "write"), async (c) => {
      const [who, id] = [c.get("who"), c.req.param("id")];
      if (who.scope !== "full" && !(who.scope === "tools" && who.id === id)) throw outOfScope(who, ["full"]);
      if (!(await app.writer.run("revokeToken", { id }))) throw new Fault("not_found", "There is no such token.");
      app.log.audit("device token revoked", { id, by: c.get("who").id });
      tellEnded(app);
      return c.body(null, 204);
    });
}

function shown({ created_at, last_used_at, revoked_at, id, device_id, scope }: ListedToken) {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    id,
    device_id,
    scope,
    created_at: time(created_at),
    last_used_at: time(last_used_at),
    revoked_at: time(revoked_at),
  };
}
