/** Leases on sessions: one writer at a time, found again after a crash, taken over when its holder is dead. Times are ms UTC. */
import type { Database } from "bun:sqlite";
import type { Holder } from "../domain/chat.ts";
import type { Effects } from "./write.ts";

export type Lease = {
  readonly holder: Holder;
  /** Grows with every holder. */
  readonly fence: number;
  readonly expiresAt: number;
};

type Row = {
  readonly kind: Holder["kind"];
  readonly holder: string;
  readonly device_id: string;
  readonly fence: number;
  readonly since: number;
  readonly expires_at: number;
};

/** Who holds a session at `now`; null = nobody, or a lease that has run out. */
export function leaseOf(db: Database, session: string, now: number): Lease | null {
  const row = find(db, session);
  return row && row.expires_at > now ? shown(row) : null;
}

export type LeaseWish = {
  readonly session: string;
  readonly kind: "turn" | "run";
  readonly holder: string;
  readonly device: string;
  readonly ms: number;
};

/** Command: takes a session, or tells who has it. The holder itself takes it again. */
export function takeLease(
  db: Database,
  { session, kind, holder, device, ms }: LeaseWish,
  { now }: Effects,
): { readonly taken: boolean; readonly lease: Lease } {
  const before = find(db, session);
  if (before && before.expires_at > now && before.holder !== holder) return { taken: false, lease: shown(before) };
  const mine = before?.holder === holder;
  const row: Row = {
    kind,
    holder,
    device_id: device,
    fence: (before?.fence ?? 0) + (mine ? 0 : 1),
    since: mine ? before.since : now,
    expires_at: now + ms,
  };
  db.query("INSERT OR REPLACE INTO session_locks VALUES (?, ?, ?, ?, ?, ?, ?)").run(
    session,
    row.kind,
    row.holder,
    row.device_id,
    row.fence,
    row.since,
    row.expires_at,
  );
  return { taken: true, lease: shown(row) };
}

export type LeaseClaim = { readonly session: string; readonly holder: string; readonly fence: number };

/** Command: holds it for `ms` more. False: it is another's by now. */
export function renewLease(
  db: Database,
  { session, holder, fence, ms }: LeaseClaim & { ms: number },
  { now }: Effects,
) {
  const renewed = db
    .query("UPDATE session_locks SET expires_at = ? WHERE session_id = ? AND holder = ? AND fence = ?")
    .run(now + ms, session, holder, fence);
  return renewed.changes > 0;
}

/** Command: lets go of it. The row stays, so that the next fence is a higher one. */
export function releaseLease(db: Database, { session, holder, fence }: LeaseClaim, { now }: Effects): void {
  db.query(
    "UPDATE session_locks SET expires_at = min(expires_at, ?) WHERE session_id = ? AND holder = ? AND fence = ?",
  ).run(now, session, holder, fence);
}

function find(db: Database, session: string): Row | null {
  return db
    .query<Row, [string]>(
      "SELECT kind, holder, device_id, fence, since, expires_at FROM session_locks WHERE session_id = ?",
    )
    .get(session);
}

function shown({ kind, holder, device_id, fence, since, expires_at }: Row): Lease {
  return {
    holder: { kind, id: holder, device_id, since: new Date(since).toISOString() },
    fence,
    expiresAt: expires_at,
  };
}
