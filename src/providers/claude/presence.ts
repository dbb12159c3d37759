/**
 * Which sessions Claude Code has open: `sessions/PID.json` in each of its homes while the process runs. Removed on a clean
 * exit, left behind by a killed one. Beside them lie keys and sockets, which are none of ours.
 */
import type { Presence, PresenceSignals, PresenceState } from "../../domain/presence.ts";
import type { Env } from "../../domain/provider.ts";
import { millis, object, word } from "../json.ts";
import { homes } from "./place.ts";

const NAMES = /^\d+\.json$/;

const STATES: ReadonlyMap<unknown, PresenceState> = new Map([
  ["busy", "working"],
  ["waiting", "waiting"],
  ["idle", "idle"],
]);

/** The folder of signals of each home. */
export function presence(env: Env): readonly PresenceSignals[] {
  return homes(env).map((home) => ({ dir: `${home}/sessions`, names: NAMES, read }));
}

function read(name: string, text: string): Presence | null {
  const signal = object(parsed(text));
  const sessionId = word(signal?.sessionId);
  const pid = Number.parseInt(name, 10);
  if (!signal || !sessionId || (typeof signal.pid === "number" && signal.pid !== pid)) return null;
  const waitingFor = word(signal.waitingFor);
  return {
    sessionId,
    // A word that we do not know yet means that the agent is alive.
    state: STATES.get(signal.status) ?? "idle",
    since: millis(signal.statusUpdatedAt) ?? millis(signal.updatedAt) ?? millis(signal.startedAt) ?? 0,
    pid,
    ...(waitingFor !== undefined && { waitingFor: waitingFor.slice(0, WAITING_MAX) }),
  };
}

/** For one line. */
const WAITING_MAX = 500;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
