/** Where `connect` ships to, and that it is remembered: URL and token are one thing, so that no token meets a foreign server. */
import { mkdirSync, rmSync } from "node:fs";
import type { Config } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { readTrimmed, writeDurably } from "../lib/files.ts";
import { authorization } from "../shipper/ship.ts";
import { deviceTokenFile, deviceUrlFile, sameServer, storeDeviceToken } from "../shipper/token.ts";
import { clientAt } from "./client.ts";
import { EXIT } from "./exit.ts";
import { findServer, type ServerAddress } from "./find-server.ts";
import { deviceOf } from "./home.ts";

const PROBE_MS = 10_000;

/** The server that the flags, the environment, the file or the last `connect` name. Throws Fault (exit 4) without a way in. */
export async function targetOf(config: Config): Promise<ServerAddress> {
  const server = await findServer(config);
  if (server.token || (await isOpen(server.url))) return server;
  throw needsLogin(server.url, `There is no token for ${server.url} on this machine.`);
}

/** The fault of a machine that has not been let in. */
export function needsLogin(url: string, message: string): Fault {
  return new Fault("unauthenticated", message, `Log in once, then try again: longhouse auth --url ${url}`, {
    exit: EXIT.unauthorised,
  });
}

/**
 * Remembers where to ship, when a flag has just said it; true when that changed. The token comes along: the one of
 * LONGHOUSE_TOKEN, or a new one of this machine's own server. Throws Fault when that server is silent.
 */
export async function remember(config: Config, server: ServerAddress): Promise<boolean> {
  return server.from === "flag" ? store(config, server) : false;
}

/** As `remember`, and what only this shell's environment says too: a service does not see that. */
export async function rememberForService(config: Config, server: ServerAddress): Promise<boolean> {
  const isSaid = server.from === "flag" || server.from === "environment" || config.token !== null;
  return isSaid ? store(config, server) : false;
}

async function store(config: Config, server: ServerAddress): Promise<boolean> {
  const { shipperDir } = config;
  const known = readTrimmed(deviceUrlFile(shipperDir));
  const token = config.token ?? readTrimmed(deviceTokenFile(shipperDir));
  const isKnown = known !== null && sameServer(known, server.url);
  if (isKnown && token === readTrimmed(deviceTokenFile(shipperDir))) return false;
  // A server without authentication has no use for a token, and another one's is not for it.
  const its = server.token === null ? null : (config.token ?? (await ownToken(config, server)));
  if (its === null) storeOpenServer(shipperDir, server.url);
  else storeDeviceToken(shipperDir, { token: its, url: server.url });
  return true;
}

/** A token that ships and reads, from this machine's own server, whose full token stands in the home. */
async function ownToken(config: Config, server: ServerAddress): Promise<string> {
  const made = await clientAt(server).post<{ readonly token: string }>("/api/devices/tokens", {
    device_id: deviceOf(config),
    scope: "device",
  });
  return made.token;
}

/** A server that asks nobody who they are gets no token, and another's must not stand beside its URL. */
function storeOpenServer(dir: string, url: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  rmSync(deviceTokenFile(dir), { force: true });
  writeDurably(deviceUrlFile(dir), `${url}\n`);
}

/** Whether the server asks nobody who they are (AUTH_DISABLED). */
async function isOpen(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    return (await fetch(`${url}/api/status`, { headers: authorization(null), redirect: "error", signal })).ok;
  } catch {
    return false;
  }
}
