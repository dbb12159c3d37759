/** Codes of `longhouse auth`. Only SHA-256 of both codes is stored; a row goes soon after its time. Milliseconds UTC. */
import type { Database } from "bun:sqlite";
import type { CodeState } from "../domain/device-code.ts";
import { addToken } from "./tokens.ts";
import type { Effects } from "./write.ts";

export type CodeRow = {
  readonly device_id: string;
  readonly scope: string;
  readonly peer: string;
  readonly state: CodeState;
  readonly expires_at: number;
};

export type NewCodeRow = {
  readonly hash: Uint8Array;
  readonly userHash: Uint8Array;
  readonly deviceId: string;
  readonly scope: string;
  readonly peer: string;
  readonly lifeMs: number;
};

/** Waiting at a time, all devices together. */
const WAITING_MAX = 100;

const COLUMNS = "device_id, scope, peer, state, expires_at";

/** The row of a device code; null when it is unknown or long over. */
export function findDeviceCode(db: Database, hash: Uint8Array): CodeRow | null {
  return db.query<CodeRow, [Uint8Array]>(`SELECT ${COLUMNS} FROM device_codes WHERE hash = ?`).get(hash);
}

/** The row of a user code; null when it is unknown or long over. */
export function findUserCode(db: Database, userHash: Uint8Array): CodeRow | null {
  return db.query<CodeRow, [Uint8Array]>(`SELECT ${COLUMNS} FROM device_codes WHERE user_hash = ?`).get(userHash);
}

/** Whether a machine of this name may send, or has sent. */
export function deviceIsKnown(db: Database, deviceId: string): boolean {
  const known = db.query<{ known: number }, [string]>(
    `SELECT heartbeat IS NOT NULL OR EXISTS (SELECT 1 FROM device_tokens t WHERE t.device = d.id AND t.revoked_at IS NULL)
     OR EXISTS (SELECT 1 FROM sources s WHERE s.device = d.id) AS known FROM devices d WHERE device_id = ?`,
  );
  return known.get(deviceId)?.known === 1;
}

/** Command: lets a device wait. Forgets what is over. False when too many wait already. */
export function addDeviceCode(db: Database, code: NewCodeRow, { now }: Effects): boolean {
  db.query("DELETE FROM device_codes WHERE expires_at <= ?").run(now);
  const { n } = db.query<{ n: number }, []>("SELECT count(*) AS n FROM device_codes WHERE state = 'pending'").get()!;
  if (n >= WAITING_MAX) return false;
  db.query(
    `INSERT INTO device_codes (hash, user_hash, device_id, scope, peer, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ).run(code.hash, code.userHash, code.deviceId, code.scope, code.peer, now, now + code.lifeMs);
  return true;
}

/** Command: a person's word on a code that waits. False when it does not wait (any more). */
export function decideDeviceCode(
  db: Database,
  { userHash, state }: { userHash: Uint8Array; state: "approved" | "denied" },
  { now }: Effects,
): boolean {
  const decided = db.query(
    "UPDATE device_codes SET state = ? WHERE user_hash = ? AND state = 'pending' AND expires_at > ?",
  );
  return decided.run(state, userHash, now).changes > 0;
}

/** Command: gives an approved code its token. Of any number of attempts exactly one gets true. */
export function takeDeviceCode(
  db: Database,
  { hash, token }: { hash: Uint8Array; token: { readonly id: string; readonly hash: Uint8Array } },
  effects: Effects,
): boolean {
  const taken = db
    .query<{ device_id: string; scope: string }, [Uint8Array, number]>(
      `UPDATE device_codes SET state = 'taken' WHERE hash = ? AND state = 'approved' AND expires_at > ?
       RETURNING device_id, scope`,
    )
    .get(hash, effects.now);
  if (!taken) return false;
  addToken(db, { ...token, deviceId: taken.device_id, scope: taken.scope }, effects);
  return true;
}

/** Command: the device waits no more. True when it did. */
export function dropDeviceCode(db: Database, { hash }: { hash: Uint8Array }): boolean {
  return db.query("DELETE FROM device_codes WHERE hash = ? AND state <> 'taken'").run(hash).changes > 0;
}
