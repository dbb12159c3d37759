/**
 * Titles and notes: texts that two may write at once. A change names the version it was made on. That also grows with every
 * event, so a stale one is tried again, unless somebody changed this very text meanwhile: then both are shown.
 */
import type { Session } from "../../src/domain/session.ts";
import { asFault } from "../api/call.ts";
import { getSession, patchSession } from "../api/sessions.ts";
import { toast } from "../kit/Toast.tsx";
import { putRows } from "./rows.ts";

export type Text = "title" | "note";

/** `theirs`: what stands there now, written meanwhile by somebody else; nothing was changed. */
export type Written =
  { readonly kind: "written" } | { readonly kind: "theirs"; readonly session: Session } | { readonly kind: "failed" };

/** Tries before a session that grows all the time is changed whatever its version. */
const TRIES = 5;

/** Writes a text; "" takes it away. `seen`: the session as it was when the person began, or agreed to write over it. */
export async function write(seen: Session, field: Text, text: string): Promise<Written> {
  let { version } = seen;
  for (let tries = 0; ; tries++) {
    try {
      const now = await patchSession(seen.id, { [field]: text }, tries < TRIES ? version : undefined);
      putRows([now]);
      return { kind: "written" };
    } catch (error) {
      const now = asFault(error).code === "stale" ? await getSession(seen.id).catch(() => null) : null;
      if (!now) return failed(error);
      const { children: _children, sources: _sources, copies: _copies, ...session } = now;
      putRows([session]);
      if (now[field] !== seen[field]) return { kind: "theirs", session };
      version = now.version;
    }
  }
}

function failed(error: unknown): Written {
  const { message, hint } = asFault(error);
  toast({ text: message, tone: "bad", ...(hint === undefined ? {} : { hint }) });
  return { kind: "failed" };
}
