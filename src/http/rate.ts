/**
 * The soft limit of ingest (API.md section 3): a bucket of events for each device, an event being a line. Past it a device is
 * asked to wait only while that helps somebody: deriving is far behind, or a device that has kept within its own is here.
 */
import type { Context } from "hono";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import { MIB } from "../domain/limits.ts";
import { isLocal } from "./access/forwarded.ts";
import type { Authed } from "./access.ts";
import { onceAnswered } from "./body.ts";

const BEHIND = 64 * MIB;
const RETRY_S = 2;
const LF = 10;

/** `level` = events left, below 0 past the limit; refilled at `at` (ms). `here` = its requests that are not answered yet. */
type Bucket = { level: number; at: number; here: number };

const perApp = new WeakMap<App, Map<string, Bucket>>();

/** Counts the lines of `bytes` against the caller's device. Throws Fault `slow_down` with `retry_after` (seconds). */
export function takeFromBudget(app: App, c: Context<Authed>, bytes: ArrayBuffer): void {
  const { device } = c.get("who");
  const { loopbackExempt } = app.config.ingest;
  if (loopbackExempt && (device === app.device || isLocal(app.config, c.req.raw.headers))) return;
  const buckets = perApp.get(app) ?? new Map<string, Bucket>();
  perApp.set(app, buckets);
  const bucket = refill(app, buckets.get(device));
  buckets.set(device, bucket);
  bucket.here++;
  onceAnswered(c, () => bucket.here--);
  if (bucket.level <= 0 && mustYield(app, buckets, device)) throw slowDown();
  bucket.level -= countLines(bytes);
}

function refill(app: App, bucket: Bucket | undefined): Bucket {
  const { burst, eventsPerMinute } = app.config.ingest;
  const now = app.now();
  if (!bucket) return { level: burst, at: now, here: 0 };
  // A clock that was set back refills nothing, and goes on from there.
  const minutes = Math.max(0, now - bucket.at) / 60_000;
  bucket.level = Math.min(burst, bucket.level + minutes * eventsPerMinute);
  bucket.at = now;
  return bucket;
}

function mustYield(app: App, buckets: ReadonlyMap<string, Bucket>, device: string): boolean {
  if (app.writer.status.behindBytes > BEHIND) return true;
  // One that is past its own limit is nobody to yield to: two of them would send each other away for ever.
  return [...buckets].some(([other, { here, level }]) => other !== device && here > 0 && level > 0);
}

/** Lines in `bytes`, an unfinished last one not counted. */
function countLines(bytes: ArrayBuffer): number {
  const view = new Uint8Array(bytes);
  let lines = 0;
  for (let at = view.indexOf(LF); at >= 0; at = view.indexOf(LF, at + 1)) lines++;
  return lines;
}

function slowDown(): Fault {
  return new Fault("slow_down", "This device sends more than its share right now.", `Go on in ${RETRY_S} seconds.`, {
    retry_after: RETRY_S,
  });
}
