/** What is wrong now, for the health dot, the status page and `longhouse status`. */
import { statfs } from "node:fs/promises";
import type { App } from "../app.ts";
import { MIB } from "../domain/limits.ts";
import type { StatusError } from "../domain/status.ts";
import { listDevices, type KnownDevice } from "../store/devices.ts";

/** Below this the next import may fill the disk. */
const LOW_DISK = 1024 * MIB;
const LOW_SHARE = 0.03;
/** Lines of the log that are still news. */
const RECENT_MS = 3600 * 1000;
/** Refused sources named one by one. */
const NAMED = 20;

/** Bytes of the file system that the home is on. */
export type Disk = { readonly free: number; readonly total: number };

/** Free for us: what root keeps for itself is not. */
export async function diskOf(app: App): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(app.config.home);
  return { free: bavail * bsize, total: blocks * bsize };
}

/** Empty when all is well. */
export function problems(app: App, disk: Disk): StatusError[] {
  return [...lowDisk(app, disk), ...listDevices(app.db).flatMap((device) => ofDevice(device)), ...ofLog(app)];
}

function lowDisk(app: App, { free, total }: Disk): StatusError[] {
  if (free >= LOW_DISK || free >= total * LOW_SHARE) return [];
  const message = `Only ${Math.floor(free / MIB)} MiB are left where ${app.config.home} is.`;
  return [{ code: "disk_full", message, hint: "Make room, or move LONGHOUSE_HOME.", at: iso(app.now()) }];
}

function ofDevice({ device_id, heartbeat }: KnownDevice): StatusError[] {
  if (!heartbeat) return [];
  const refused = heartbeat.failed.slice(0, NAMED).map(({ path, code, at }) => ({
    code,
    message: `${device_id}: ${path} was refused.`,
    hint: "On that machine: longhouse ship --retry-failed",
    at,
  }));
  const paused = Object.values(heartbeat.providers).some((provider) => provider.paused);
  if (!paused) return refused;
  const message = `${device_id} has stopped sending: its token is not accepted.`;
  return [
    { code: "unauthenticated", message, hint: "Give it a token of POST /api/devices/tokens.", at: iso(heartbeat.at) },
    ...refused,
  ];
}

function ofLog(app: App): StatusError[] {
  return app.log
    .recent()
    .filter(({ level, at }) => level === "error" && Date.parse(at) > app.now() - RECENT_MS)
    .map(({ message, at }) => ({ code: "internal", message, hint: `${app.config.home}/logs/server.log`, at }));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
