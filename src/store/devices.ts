/** What the status page shows of machines, and the archive's own name. */
import type { Database } from "bun:sqlite";
import type { StoredHeartbeat } from "./presence.ts";
import { shipEpoch } from "./resends.ts";

/** A machine that may send, or has told of itself. Times are milliseconds UTC. */
export type KnownDevice = {
  readonly device_id: string;
  readonly last_seen_at: number | null;
  readonly heartbeat: StoredHeartbeat | null;
};

type Row = Omit<KnownDevice, "heartbeat"> & { readonly heartbeat: string | null };

/** Machines with a token that is good, or with a heartbeat; the last seen first. */
export function listDevices(db: Database): KnownDevice[] {
  const rows = db
    .query<Row, []>(
      `SELECT device_id, last_seen_at, heartbeat FROM devices d
       WHERE heartbeat IS NOT NULL OR EXISTS (SELECT 1 FROM device_tokens t WHERE t.device = d.id AND t.revoked_at IS NULL)
       ORDER BY last_seen_at DESC, device_id`,
    )
    .all();
  // Written by recordHeartbeat only.
  return rows.map(
    (row) => ({ ...row, heartbeat: row.heartbeat && (JSON.parse(row.heartbeat) as StoredHeartbeat) }) as KnownDevice,
  );
}

/** The archive's id, and the number that changes when shippers must compare again. */
export function readArchive(db: Database): { readonly archive_id: string; readonly epoch: number } {
  const { archive_id } = db.query<{ archive_id: string }, []>("SELECT archive_id FROM archive").get()!;
  return { archive_id, epoch: shipEpoch(db) };
}
