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

const LOOK_MS = 20;

/** Waits until the server has derived everything (`left` = bytes that it has not), then counts. `seconds` is 0. */
export async function outcomeOf(pass: Pass, wait: (left: number) => void): Promise<ShipReport> {
  const { sources, bytes, failed, spooled = 0 } = pass.shipped;
  const derived = await derivedWhenDone(pass, wait);
  return { sources, bytes, derived, events_inserted: await eventsOf(pass), spooled, failed, seconds: 0 };
}

/** Every answer to an ingest has told the server's face how much waits: nothing waits means that all is derived. */
async function derivedWhenDone({ config, client, scope }: Pass, wait: (left: number) => void): Promise<number> {
  for (let left = await behind(client); left > 0; left = await behind(client)) {
    wait(left);
    await Bun.sleep(LOOK_MS);
  }
  return derivedOf(config, client, scope);
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

/** How many of the files in the scope have a session. */
async function derivedOf(config: Config, client: Client, scope: Scope): Promise<number> {
  const ours = new Set<string>();
  for await (const { provider, path } of filesOf(
    places(PROVIDERS, config.env, createLister(PROVIDERS)),
    scope,
    () => {},
  ))
    ours.add(`${provider}\n${path}`);
  if (ours.size === 0) return 0;
  const derived = new Set<string>();
  for await (const { provider, path, session_id } of listAll(client, deviceOf(config)))
    if (session_id !== null && ours.has(`${provider}\n${path}`)) derived.add(`${provider}\n${path}`);
  return derived.size;
}

async function* listAll(client: Client, device: string) {
  for (let cursor: string | null = ""; cursor !== null;) {
    const query = new URLSearchParams({ device_id: device, limit: "1000", ...(cursor && { cursor }) });
    const page: SourceList = await client.get<SourceList>(`/api/agents/sources?${query}`);
    yield* page.sources;
    cursor = page.next;
  }
}
