/** Which agents run right now, as the machines' heartbeats say; kept as each device's last heartbeat. */
import type { Database } from "bun:sqlite";
import { HEARTBEAT_S } from "../domain/heartbeat.ts";
import type { Heartbeat, HeartbeatReply, LiveSession } from "../domain/heartbeat.ts";
import { readArchive } from "./devices.ts";
import { deviceRow } from "./sources.ts";
import type { Effects } from "./write.ts";

/** A heartbeat older than three intervals says nothing any more. */
const STALE_INTERVALS = 3;
const INTERVAL_MS = HEARTBEAT_S * 1000;

/** One running agent. `at` = when its machine last said so, ms. */
export type Alive = LiveSession & { readonly device: string; readonly at: number };

/** Running agents by `key(provider, provider session id)`; several machines may name one session. */
export type Presence = ReadonlyMap<string, readonly Alive[]>;

/** The key of `Presence`. */
export const presenceKey = (provider: string, psid: string): string => `${provider}\n${psid}`;

/** What is stored in `devices.heartbeat`: the heartbeat, when it came, and when the next was asked for, ms. */
export type StoredHeartbeat = Heartbeat & { readonly at: number; readonly intervalMs?: number };

type DeviceRow = { readonly device_id: string; readonly heartbeat: string };
/** `stale`: it counts for so long, ms. */
type Parsed = { readonly text: string; readonly at: number; readonly stale: number; readonly alive: readonly Alive[] };

/** Heartbeats are read for every list, and change every half minute. */
const cache = new WeakMap<Database, Map<string, Parsed>>();

/** The agents that run at `now` (ms), by all heartbeats that are not stale. */
export function readPresence(db: Database, now: number): Presence {
  const rows = db.query<DeviceRow, []>("SELECT device_id, heartbeat FROM devices WHERE heartbeat IS NOT NULL").all();
  // Either way: a clock that was set back must not make agents live for ever.
  const heard = rows.map((row) => parse(db, row)).filter(({ at, stale }) => Math.abs(now - at) < stale);
  const found = new Map<string, Alive[]>();
  for (const alive of [...asked(db, now), ...heard.flatMap((one) => one.alive)]) {
    const key = presenceKey(alive.provider, alive.provider_session_id);
    const others = found.get(key);
    if (others) others.push(alive);
    else found.set(key, [alive]);
  }
  return found;
}

type AskedRow = {
  readonly provider: string;
  readonly psid: string;
  readonly device: string;
  readonly title: string;
  readonly asked_at: number;
};

/** Sessions in which a turn of ours waits for a person, whatever its agent says of itself. */
function asked(db: Database, now: number): Alive[] {
  const rows = db
    .query<AskedRow, []>(
      `SELECT s.provider, s.psid, d.device_id AS device, json_extract(a.body, '$.title') AS title, a.asked_at
       FROM approvals a JOIN sessions s ON s.uuid = a.session_id JOIN devices d ON d.id = s.device
       WHERE a.state = 'pending' ORDER BY a.asked_at`,
    )
    .all();
  return rows.map(({ provider, psid, device, title, asked_at }) => ({
    provider,
    provider_session_id: psid,
    state: "waiting",
    waiting_for: title,
    since: new Date(asked_at).toISOString(),
    device,
    at: now,
  }));
}

function parse(db: Database, row: DeviceRow): Parsed {
  const known = cache.get(db) ?? new Map<string, Parsed>();
  cache.set(db, known);
  const before = known.get(row.device_id);
  if (before?.text === row.heartbeat) return before;
  // Written by recordHeartbeat only.
  const heartbeat = JSON.parse(row.heartbeat) as StoredHeartbeat;
  const alive = heartbeat.live.map((live) => ({ ...live, device: row.device_id, at: heartbeat.at }));
  const stale = STALE_INTERVALS * (heartbeat.intervalMs ?? INTERVAL_MS);
  const parsed = { text: row.heartbeat, at: heartbeat.at, stale, alive };
  known.set(row.device_id, parsed);
  return parsed;
}

/** Command: stores a machine's heartbeat; sessions that it names, or named before, are shown anew. */
export function recordHeartbeat(
  db: Database,
  input: { readonly device: string; readonly heartbeat: Heartbeat; readonly intervalMs?: number },
  effects: Effects,
): HeartbeatReply {
  const device = deviceRow(db, input.device, effects.now);
  const before = db
    .query<{ heartbeat: string | null }, [number]>("SELECT heartbeat FROM devices WHERE id = ?")
    .get(device)?.heartbeat;
  const intervalMs = input.intervalMs ?? INTERVAL_MS;
  const stored: StoredHeartbeat = { ...input.heartbeat, at: effects.now, intervalMs };
  db.query("UPDATE devices SET heartbeat = ?, last_seen_at = ? WHERE id = ?").run(
    JSON.stringify(stored),
    effects.now,
    device,
  );
  const named = before ? (JSON.parse(before) as StoredHeartbeat).live : [];
  for (const session of changedSessions(db, named, input.heartbeat.live)) effects.touched(session);
  return { ...readArchive(db), interval_s: intervalMs / 1000, resend: [] };
}

/** Rows of the sessions whose agent began, ended or changed what it does. */
function changedSessions(db: Database, before: readonly LiveSession[], after: readonly LiveSession[]): Set<number> {
  const says = (live: LiveSession) =>
    JSON.stringify([live.provider, live.provider_session_id, live.state, live.waiting_for, live.tool]);
  const old = new Map(before.map((live) => [says(live), live]));
  const fresh = new Map(after.map((live) => [says(live), live]));
  const differing = [...old, ...fresh].filter(([text]) => !(old.has(text) && fresh.has(text))).map(([, live]) => live);
  const find = db.query<{ id: number }, [string, string]>(
    "SELECT id FROM sessions WHERE provider = ? AND psid = ? AND agent = ''",
  );
  return new Set(differing.flatMap((live) => find.all(live.provider, live.provider_session_id).map((row) => row.id)));
}
