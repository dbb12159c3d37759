/** Browsers that are signed in. Only the SHA-256 of the cookie is stored. Times are milliseconds UTC. */
import type { Database } from "bun:sqlite";
import { putSetting } from "./settings.ts";
import type { Effects } from "./write.ts";

/** 30 days, counted from the last use. */
export const LOGIN_LIFE_MS = 30 * 24 * 3600 * 1000;

export type LoginRow = {
  readonly id: string;
  /** once, password; later google, sso. */
  readonly method: string;
  readonly expires_at: number;
  readonly last_used_at: number;
};

export type NewLogin = { readonly id: string; readonly hash: Uint8Array; readonly method: string };

const GOOD = "revoked_at IS NULL AND expires_at > ?";

/** The login whose cookie has this hash; null when there is none, or it was revoked or is over. */
export function findLogin(db: Database, hash: Uint8Array, now: number): LoginRow | null {
  return db
    .query<LoginRow, [Uint8Array, number]>(
      `SELECT id, method, expires_at, last_used_at FROM logins WHERE hash = ? AND ${GOOD}`,
    )
    .get(hash, now);
}

/** The login with this id, if it is still good; for connections that outlive a request, and for what is shown of it. */
export function loginById(db: Database, id: string, now: number): LoginRow | null {
  return db
    .query<LoginRow, [string, number]>(
      `SELECT id, method, expires_at, last_used_at FROM logins WHERE id = ? AND ${GOOD}`,
    )
    .get(id, now);
}

/** Command: signs a browser in. Forgets logins that are over. Returns until when it lasts unused. */
export function addLogin(db: Database, login: NewLogin, { now }: Effects): { expiresAt: number } {
  const expiresAt = now + LOGIN_LIFE_MS;
  db.query("DELETE FROM logins WHERE expires_at <= ?").run(now);
  db.query("INSERT INTO logins (id, hash, method, created_at, expires_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?)").run(
    login.id,
    login.hash,
    login.method,
    now,
    expiresAt,
    now,
  );
  return { expiresAt };
}

/** Command: notes a use and lets the 30 days begin again. One that was revoked or is over stays so. */
export function touchLogin(db: Database, { id }: { id: string }, { now }: Effects): void {
  const touch = db.query(
    `UPDATE logins SET last_used_at = ?1, expires_at = ?2 WHERE id = ?3 AND revoked_at IS NULL AND expires_at > ?1`,
  );
  touch.run(now, now + LOGIN_LIFE_MS, id);
}

/** Command: signs a browser out. */
export function revokeLogin(db: Database, { id }: { id: string }, { now }: Effects): void {
  db.query("UPDATE logins SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL").run(now, id);
}

/**
 * Command: stores the password's hash (or that there is none), and signs every browser out when there was another before.
 * Returns how many were signed out.
 */
export function setPassword(
  db: Database,
  { key, value }: { key: string; value: string | null },
  { now }: Effects,
): number {
  const had = db.query("SELECT 1 FROM settings WHERE key = ?").get(key) !== null;
  putSetting(db, { key, value });
  if (!had) return 0;
  return db.query("UPDATE logins SET revoked_at = ? WHERE revoked_at IS NULL").run(now).changes;
}
