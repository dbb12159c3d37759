/**
 * Reports that were made, kept until anything in the archive changes: a page that is opened again, or in two tabs, costs
 * one look. An answer is never older than the archive.
 */
import type { Context } from "hono";
import type { App } from "../app.ts";
import type { Asker } from "../archive/reports.ts";
import { dataVersion } from "../store/data-version.ts";

/** A report of ten years of days is about a megabyte. */
const KEPT_MAX = 12;

type Kept = {
  readonly version: number;
  readonly answer: Promise<unknown>;
  /** Requests that wait for it; without any it need not be begun. */
  waiting: number;
  readonly given: AbortController;
};

const caches = new WeakMap<App, Map<string, Kept>>();

/** The report under `key` as it was made for this state of the archive, else made now. Rejects as `make` does. */
export async function remembered<T>(app: App, c: Context, key: unknown, make: Make<T>): Promise<T> {
  const [kept, name] = [cacheOf(app), JSON.stringify(key)];
  const version = dataVersion(app.db);
  const found = kept.get(name);
  const mine = found?.version === version ? found : begin(app, version, make);
  kept.delete(name);
  kept.set(name, mine);
  for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - KEPT_MAX))) kept.delete(oldest);
  const forget = () => void (kept.get(name) === mine && kept.delete(name));
  mine.answer.catch(forget);
  // Only what was made for this key is kept under it.
  return (await waitFor(mine, c.req.raw.signal, forget)) as T;
}

type Make<T> = (asker: Asker) => Promise<T>;

function begin<T>(app: App, version: number, make: Make<T>): Kept {
  const given = new AbortController();
  const answer = make({ database: app.config.database, now: app.now(), signal: given.signal });
  return { version, answer, waiting: 0, given };
}

/** Several may wait for one report: it is given up when the last of them has gone. */
async function waitFor(kept: Kept, signal: AbortSignal, forget: () => void): Promise<unknown> {
  kept.waiting++;
  const leave = () => {
    if (--kept.waiting > 0) return;
    forget();
    kept.given.abort();
  };
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await kept.answer;
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

function cacheOf(app: App): Map<string, Kept> {
  const kept = caches.get(app) ?? new Map<string, Kept>();
  caches.set(app, kept);
  return kept;
}
