/** What the shipper tells the server of itself (API.md section 2). */
import { statfsSync } from "node:fs";
import type { Heartbeat, LiveSession } from "../domain/heartbeat.ts";
import type { ShipperSettings } from "./settings.ts";
import type { Spool } from "./spool.ts";

export type Standing = {
  readonly settings: ShipperSettings;
  readonly spool: Spool;
  /** ISO. */
  readonly startedAt: string;
  /** Whether the spool's rows are this server's. */
  readonly isMet: boolean;
  readonly isPaused: boolean;
  readonly live: readonly LiveSession[];
  readonly polling: string | null;
};

/** Reads all rows of the spool: not for every few seconds. */
export function heartbeatOf(standing: Standing): Heartbeat {
  const { settings, spool, startedAt, isMet, isPaused, live, polling } = standing;
  const providers = Object.entries(isMet ? spool.progress() : {});
  const failed = isMet ? spool.failures() : [];
  return {
    version: settings.version,
    started_at: startedAt,
    providers: Object.fromEntries(providers.map(([name, progress]) => [name, { ...progress, paused: isPaused }])),
    live,
    failed: failed.map(({ path, code, at }) => ({ path, code, at: new Date(at).toISOString() })),
    disk_free: freeBytes(settings.tokens.shipperDir),
    polling,
  };
}

function freeBytes(dir: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  } catch {
    return null;
  }
}
