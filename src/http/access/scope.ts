/** Who asks, and what that lets them do (API.md section 2). */
import type { Scope } from "../../domain/device-code.ts";
import { Fault } from "../../domain/fault.ts";

export { SCOPES, type Scope } from "../../domain/device-code.ts";

/** What a route asks for. `write` = memory, notify; `full` = resume, delete, settings, tokens, approvals. */
export type Need = "ingest" | "read" | "write" | "full";

/**
 * The caller. `id` = row of the token or login, null when nobody had to prove anything (AUTH_DISABLED).
 * `device` = the token's device; of a browser and of `open` this machine's.
 */
export type Who = {
  readonly kind: "token" | "cookie" | "open";
  readonly scope: Scope;
  readonly device: string;
  readonly id: string | null;
};

/** What handlers behind `need` find: `c.get("who")`. */
export type Authed = { Variables: { who: Who } };

/** Before `need`: nobody yet, perhaps. */
export type MaybeAuthed = { Variables: { who?: Who } };

const GIVES: Record<Scope, readonly Need[]> = {
  ingest: ["ingest"],
  read: ["read"],
  tools: ["read", "write"],
  device: ["ingest", "read", "write"],
  full: ["ingest", "read", "write", "full"],
};

/** Whether the caller's scope covers one of `needs`. */
export function covers(who: Who, needs: readonly Need[]): boolean {
  return needs.some((need) => GIVES[who.scope].includes(need));
}

/** The 401 of somebody who showed nothing. */
export function unauthenticated(): Fault {
  return new Fault("unauthenticated", "This needs a token or a signed-in browser.", "Run: longhouse open");
}

/** The 403 of a token that may less than this. */
export function outOfScope(who: Who, needs: readonly Need[]): Fault {
  return new Fault(
    "scope",
    `A token of scope ${who.scope} may not do this; it needs ${needs.join(" or ")}.`,
    "Create a token with a wider scope in Settings, or with POST /api/devices/tokens.",
  );
}
