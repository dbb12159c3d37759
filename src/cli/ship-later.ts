/**
 * What a hook leaves behind when nobody ships: it sends the session by itself and looks twice more, for an agent may write
 * its last line after it has called its hook. Started by `ship-hook`; says nothing but to the log.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { hookPlaces, keepLoopbackDirect, loadConfig } from "../config.ts";
import { sleep } from "../lib/retry.ts";
import type { Scope } from "../shipper/spool-wakes.ts";
import { findServer } from "./find-server.ts";
import { logHook } from "./hook-log.ts";
import { shipOnce } from "./ship-once.ts";

/** When a session is looked at, ms after it was asked for. */
const LOOKS = [0, 300, 2000] as const;
/** Whoever works longer hangs, ms: what it has not sent stands in the agent's file, and the next pass takes it. */
const LONGEST_MS = 15 * 60_000;

type Look = { readonly scope: Scope; readonly at: number };

/** Ships the scopes (JSON of ship-hook's), and those that other hooks leave meanwhile. Never throws. */
export async function shipLater(json: string): Promise<void> {
  const places = hookPlaces();
  // Where no home is, none is to be made.
  if (!existsSync(dirname(places.shipperDir))) return;
  const end = (why: string) => (logHook(places, why, {}), process.exit(0));
  setTimeout(() => end("a hook's session took too long to ship"), LONGEST_MS).unref();
  process.on("uncaughtException", (error) => end(`a hook's session could not be shipped: ${String(error)}`));
  try {
    keepLoopbackDirect();
    const began = Date.now();
    await work(
      (JSON.parse(json) as Scope[]).flatMap((scope) => looksAt(scope, began, LOOKS)),
      (error) => logHook(places, "a hook's session waits for the next pass", { error }),
    );
  } catch (error) {
    logHook(places, "a hook's session could not be shipped", { error });
  }
}

async function work(asked: readonly Look[], failed: (error: unknown) => void) {
  const config = loadConfig();
  const server = await findServer(config);
  for (let looks = asked; looks.length > 0;) {
    const next = Math.min(...looks.map(({ at }) => at));
    await sleep(next - Date.now());
    const due = looks.filter(({ at }) => at <= next);
    const answered: Scope[] = [];
    try {
      const pass = { scopes: due.map(({ scope }) => scope), retryFailed: false, report() {} };
      await shipOnce(config, server, { ...pass, answered: (scope) => answered.push(scope) });
    } catch (error) {
      failed(error);
    }
    const later = answered.flatMap((scope) => looksAt(scope, Date.now(), LOOKS.slice(1)));
    looks = [...looks.filter(({ at }) => at > next), ...later];
  }
}

function looksAt(scope: Scope, from: number, times: readonly number[]): Look[] {
  return times.map((ms) => ({ scope, at: from + ms }));
}
