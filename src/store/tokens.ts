/** Device tokens. Only the SHA-256 is stored; a revoked row stays, so that the list can tell. Times are milliseconds UTC. */
import type { Database } from "bun:sqlite";
import { deviceRow } from "./sources.ts";
import type { Effects } from "./write.ts";

/** A token that is good now. `scope` is what was asked for when it was made. */
export type TokenRow = {
  readonly id: string;
  readonly device_id: string;
  readonly scope: string;
  readonly last_used_at: number | null;
};

export type ListedToken = TokenRow & { readonly created_at: number; readonly revoked_at: number | null };

export type NewToken = {
  readonly id: string;
  readonly deviceId: string;
  readonly scope: string;
  readonly hash: Uint8Array;
};

/** Longer lasts no turn (hatch's own limit, and a day), ms: a token whose turn could not revoke it ends by itself. */
const TOOLS_LIFE_MS = 8 * 24 * 3600 * 1000;

/** The token with this hash; null when there is none, it was revoked, or its time is over at `now`. */
export function findToken(db: Database, hash: Uint8Array, now: number): TokenRow | null {
  return db
    .query<TokenRow, [Uint8Array, number]>(
      `SELECT t.id, d.device_id, t.scope, t.last_used_at FROM device_tokens t JOIN devices d ON d.id = t.device
       WHERE t.hash = ? AND t.revoked_at IS NULL AND (t.scope <> 'tools' OR t.created_at > ?)`,
    )
    .get(hash, now - TOOLS_LIFE_MS);
}

/** Whether the token with this id is still good; for connections that outlive a request. */
export function tokenIsGood(db: Database, id: string): boolean {
  return db.query("SELECT 1 FROM device_tokens WHERE id = ? AND revoked_at IS NULL").get(id) !== null;
}

/** All tokens, revoked ones too, newest first; those of turns are left out: they come and go by the hundred. */
export function listTokens(db: Database): ListedToken[] {
  return db
    .query<ListedToken, []>(
      `SELECT t.id, d.device_id, t.scope, t.created_at, t.last_used_at, t.revoked_at
       FROM device_tokens t JOIN devices d ON d.id = t.device
       WHERE t.scope <> 'tools' ORDER BY t.created_at DESC, t.id`,
    )
    .all();
}

/** Command: stores a new token of a device, which is made when it is new. Returns when. */
export function addToken(db: Database, token: NewToken, { now }: Effects): { createdAt: number } {
  // A machine that may send has not been seen by that.
  db.query("INSERT INTO devices (device_id, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING").run(token.deviceId, now);
  const device = deviceRow(db, token.deviceId, now);
  db.query("INSERT INTO device_tokens (id, device, scope, hash, created_at) VALUES (?, ?, ?, ?, ?)").run(
    token.id,
    device,
    token.scope,
    token.hash,
    now,
  );
  return { createdAt: now };
}

/**
 * Command: ends a token, and with one of a device those of its turns: it may have made them. False when there is none with
 * this id; ending one twice is true.
 */
export function revokeToken(db: Database, { id }: { id: string }, { now }: Effects): boolean {
  const ended = db.query(
    `UPDATE device_tokens SET revoked_at = coalesce(revoked_at, ?1)
     WHERE id = ?2 OR scope = 'tools' AND device = (SELECT device FROM device_tokens WHERE id = ?2 AND scope <> 'tools')`,
  );
  return ended.run(now, id).changes > 0;
}

/** Command: notes that a token was used. Callers do so once an hour at most: a write for each request would be one too many. */
export function touchToken(db: Database, { id }: { id: string }, { now }: Effects): void {
  db.query("UPDATE device_tokens SET last_used_at = ? WHERE id = ?").run(now, id);
}
