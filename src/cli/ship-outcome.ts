/** What came of a pass: told once the server has read all of it. */
import type { Config } from "../config.ts";
import type { ShipReport } from "../domain/ship-report.ts";
import type { SourceList } from "../domain/source.ts";
import type { Status } from "../domain/status.ts";
import { PROVIDERS } from "../providers/all.ts";
import { createLister } from "../shipper/databases.ts";
import { places } from "../shipper/scan.ts";
import type { Scope, WakeProgress } from "../shipper/spool-wakes.ts";
import { filesOf } from "../shipper/survey.ts";
import type { Client } from "./client.ts";
import { deviceOf } from "./home.ts";

export type Pass = {
  readonly config: Config;
  readonly client: Client;
  readonly scope: Scope;
  readonly shipped: WakeProgress;
  /** Events that the server had taken before the pass; null = it does not say. */
  readonly eventsBefore: number | null;
};

/** How often it is asked what waits, ms: often at first; behind a long queue a twentieth of the time gone by is soon enough. */
const LOOK_MS = { least: 4, most: 200 } as const;

/** Waits until the server has derived everything (`left` = bytes that it has not), then counts. `seconds` is 0. */
export async function outcomeOf(pass: Pass, wait: (left: number) => void): Promise<ShipReport> {
  const { sources, bytes, failed, spooled = 0 } = pass.shipped;
  const derived = await derivedWhenDone(pass, wait);
  return { sources, bytes, derived, events_inserted: await eventsOf(pass), spooled, failed, seconds: 0 };
}

/** How many of the files in the scope have a session, once all is derived. They are looked for meanwhile. */
async function derivedWhenDone({ config, client, scope }: Pass, wait: (left: number) => void): Promise<number> {
  const [ours] = await Promise.all([filesIn(config, scope), allDerived(client, wait)]);
  if (ours.size === 0) return 0;
  const derived = new Set<string>();
  for await (const source of listAll(client, deviceOf(config)))
    if (source.session_id !== null && ours.has(nameOf(source))) derived.add(nameOf(source));
  return derived.size;
}

/** Every answer to an ingest has told the server's face how much waits: nothing waits means that all is derived. */
async function allDerived(client: Client, wait: (left: number) => void): Promise<void> {
  const began = performance.now();
  for (let left = await behind(client); left > 0; left = await behind(client)) {
    wait(left);
    await Bun.sleep(Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, (performance.now() - began) / 20)));
  }
}

/**
 * While deriving lags the answers do not count the events of their bytes; then it is what the server took meanwhile, which
 * may hold another machine's.
 */
async function eventsOf({ client, shipped, eventsBefore }: Pass): Promise<number> {
  const after = shipped.lagging > 0 && eventsBefore !== null ? await eventsTaken(client) : null;
  return after === null ? shipped.events : Math.max(shipped.events, after - eventsBefore!);
}

/** Events that the server has taken since it started; null when it does not say. */
export async function eventsTaken(client: Client): Promise<number | null> {
  try {
    const text = await (await client.raw("/metrics")).text();
    const lines = [...text.matchAll(/^longhouse_ingest_events_total(?:\{[^}]*\})? (\d+)$/gm)];
    return lines.length > 0 ? lines.reduce((sum, [, count]) => sum + Number(count), 0) : null;
  } catch {
    return null;
  }
}

async function behind(client: Client): Promise<number> {
  return (await client.get<Status>("/api/status")).derive.behind_bytes;
}

async function filesIn({ env }: Config, scope: Scope): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const all = places(PROVIDERS, env, createLister(PROVIDERS));
  for await (const found of filesOf(all, scope, () => {})) names.add(nameOf(found));
  return names;
}

const nameOf = ({ provider, path }: { readonly provider: string; readonly path: string }) => `${provider}\n${path}`;

async function* listAll(client: Client, device: string) {
  for (let cursor: string | null = ""; cursor !== null;) {
    const query = new URLSearchParams({ device_id: device, limit: "1000", ...(cursor && { cursor }) });
    const page: SourceList = await client.get<SourceList>(`/api/agents/sources?${query}`);
    yield* page.sources;
    cursor = page.next;
  }
}
