/** Going on with a session: `POST /api/sessions/{id}/chat` and its lock. Mounted at `/api/sessions/:id`. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { WORKSPACES } from "../domain/chat.ts";
import { Fault } from "../domain/fault.ts";
import { KIB, MIB } from "../domain/limits.ts";
import { changesIn, discardWorkspace, keepWorkspace } from "../commis/resume/workspace.ts";
import type { Turns } from "../commis/turns.ts";
import { sessionRowByUuid } from "../store/session-rows.ts";
import { turnsOf } from "../store/turns.ts";
import { type Authed, need } from "./access.ts";
import { readJson } from "./body.ts";
import { noSession, sessionParam } from "./input.ts";
import { turnStream } from "./turn-stream.ts";
import { writer } from "./memory.ts";

const Attachment = z.object({
  media_type: z.enum(["image/png", "image/jpeg", "image/gif", "image/webp"]),
  data: z.base64().max(12 * MIB),
});
const Chat = z.object({
  message: z
    .string()
    .max(100 * KIB)
    .refine((text) => text.trim() !== "", "says nothing"),
  mode: z.enum(["resume", "fork"]).default("resume"),
  // Never a flag: each stands behind its own, in one word of argv.
  model: z
    .string()
    .max(100)
    .regex(/^[\w.:/@[\]-]+$/)
    .nullish(),
  permission_mode: z
    .string()
    .max(40)
    .regex(/^[A-Za-z_-]+$/)
    .nullish(),
  attachments: z.array(Attachment).max(10).default([]),
  workspace: z.enum(WORKSPACES).nullish(),
  on_disconnect: z.enum(["continue", "stop"]).optional(),
});
const Kept = z.object({ decision: z.enum(["keep", "discard"]) });
const CHAT_MAX = 32 * MIB;

/** The routes. */
export function chat(app: App, turns: Turns): Hono<Authed> {
  return new Hono<Authed>()
    .post("/chat", need("full"), async (c) => {
      const session = known(app, c);
      const asked = await readJson(c, Chat, { max: CHAT_MAX });
      const onDisconnect = asked.on_disconnect ?? app.config.chat.onDisconnect;
      const id = await turns.begin({
        session,
        mode: asked.mode,
        text: asked.message,
        model: asked.model ?? null,
        permission: asked.permission_mode ?? null,
        images: asked.attachments.map(({ media_type, data }) => ({ mediaType: media_type, data })),
        workspace: asked.workspace ?? null,
        onDisconnect,
        by: writer(c),
      });
      const stop = () => turns.cancel(id, "The browser went away.");
      return turnStream(app, {
        id,
        chat: await turns.chat(id),
        from: 0,
        ...(onDisconnect === "stop" && { gone: stop }),
      });
    })
    .get("/workspace", need("read"), async (c) => c.json(await left(app, known(app, c))))
    .put("/workspace", need("full"), async (c) => {
      const session = known(app, c);
      const { decision } = await readJson(c, Kept);
      const lock = turns.lock(session);
      if (lock.holder?.kind === "turn")
        throw new Fault("session_locked", "An agent works there now.", "Wait for it, or stop it.", { lock });
      if (decision === "keep") keepWorkspace(app.config, session);
      else discardWorkspace(app.config, session);
      app.log.audit(`workspace ${decision === "keep" ? "kept" : "discarded"}`, { session, by: c.get("who").id });
      return c.json(await left(app, session));
    })
    .get("/lock", need("read"), (c) => c.json(turns.lock(known(app, c))))
    .delete("/lock", need("full"), async (c) => {
      const { holder } = turns.lock(known(app, c));
      // The child goes before the lock does: two writers of one file would spoil it.
      if (holder?.kind === "turn") turns.cancel(holder.id, "Somebody took the session back.");
      return c.body(null, 202);
    });
}

/** What the session's last turn left in a folder of ours; `workspace` null = it worked in none. */
async function left({ db, config }: App, session: string) {
  const workspace = turnsOf(db, session, 1)[0]?.workspace ?? null;
  const ours =
    workspace === null || workspace.kind === "original" ? null : { kind: workspace.kind, path: workspace.path };
  return { workspace: ours, changes: ours ? await changesIn(config, ours) : [] };
}

function known(app: App, c: Context): string {
  const id = sessionParam(c);
  if (!sessionRowByUuid(app.db, id)) throw noSession();
  return id;
}
