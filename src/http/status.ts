/** GET /api/status (API.md section 7). Mounted at `/api/status`. */
import { stat } from "node:fs/promises";
import { Hono } from "hono";
import type { App } from "../app.ts";
import type { ImportProgress } from "../domain/frame.ts";
import type { DeviceStatus, Status } from "../domain/status.ts";
import { countDiscarded } from "../store/tombstones.ts";
import { listDevices, readArchive, type KnownDevice } from "../store/devices.ts";
import { VERSION } from "../version.ts";
import { need } from "./access.ts";
import { diskOf, problems } from "./problems.ts";

/** Sources of one machine that are named; it names all of them itself. */
const REFUSED_MAX = 20;

const imports = new WeakMap<App, ImportProgress | null>();

/** Remembers how far this machine's first import is, and tells the live feed; null = it is done. */
export function tellImport(app: App, progress: ImportProgress | null): void {
  imports.set(app, progress);
  app.feed.publish({ type: "import", import: progress });
}

/** The route. */
export function status(app: App): Hono {
  return new Hono().get("/", need("read"), async (c) => c.json(await statusOf(app)));
}

/** What the server knows of itself, now. */
export async function statusOf(app: App): Promise<Status> {
  const home = await diskOf(app);
  return {
    version: VERSION,
    uptime_s: Math.floor(process.uptime()),
    archive_id: readArchive(app.db).archive_id,
    home,
    db: { bytes: await sizeOf(app.config.database), wal_bytes: app.writer.status.walBytes },
    search: app.search.status(),
    derive: { behind_bytes: app.writer.status.behindBytes },
    import: imports.get(app) ?? null,
    discarded: countDiscarded(app.db),
    devices: listDevices(app.db).map(shown),
    errors: problems(app, home),
  };
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

function shown({ device_id, last_seen_at, heartbeat }: KnownDevice): DeviceStatus {
  const base = { id: device_id, last_seen_at: last_seen_at === null ? null : new Date(last_seen_at).toISOString() };
  if (!heartbeat) return base;
  const providers = Object.values(heartbeat.providers);
  return {
    ...base,
    version: heartbeat.version,
    spooled: providers.reduce((sum, { spooled }) => sum + spooled, 0),
    failed: providers.reduce((sum, { failed }) => sum + failed, 0),
    paused: providers.some(({ paused }) => paused),
    polling: heartbeat.polling ?? null,
    refused: heartbeat.failed.slice(0, REFUSED_MAX),
    agents: Object.entries(heartbeat.providers).map(([provider, { sources, bytes }]) => ({ provider, sources, bytes })),
    disk_free: heartbeat.disk_free,
  };
}
