/** Which server a command talks to, and as whom (PRODUCT section 1, API.md section 2). */
import type { Config, Origin } from "../config.ts";
import { readTrimmed } from "../lib/files.ts";
import { deviceUrlFile, homeUrlFile, isLoopback, tokenFor } from "../shipper/token.ts";

export type ServerAddress = {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
  /** Where the URL comes from. */
  readonly from: Origin;
};

/** Where a server listens when nobody says otherwise. */
const USUAL = ["http://127.0.0.1:8080", "http://127.0.0.1:47300"] as const;
const PROBE_MS = 500;

/**
 * --url, LONGHOUSE_URL and config.toml first; then what `connect` stored, the home's `url`, and the usual addresses. `serve`
 * stores its own address as `connect` does, so one of this machine gives way to the home's, which is never older.
 */
export async function findServer(config: Config): Promise<ServerAddress> {
  const token = (url: string) =>
    tokenFor(url, { token: config.token, home: config.home, shipperDir: config.shipperDir });
  if (config.url) return { url: config.url, token: token(config.url), from: config.origins["client.url"] ?? "flag" };
  const connected = readUrl(deviceUrlFile(config.shipperDir));
  const home = readUrl(homeUrlFile(config.home));
  const remote = connected && !isLoopback(connected) ? connected : null;
  const stored = remote ?? home ?? connected;
  if (stored) return { url: stored, token: token(stored), from: "stored" };
  const url = (await answers(USUAL[0])) || !(await answers(USUAL[1])) ? USUAL[0] : USUAL[1];
  return { url, token: token(url), from: "default" };
}

function readUrl(path: string): string | null {
  const text = readTrimmed(path);
  return text && URL.canParse(text) ? text.replace(/\/+$/, "") : null;
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(PROBE_MS), redirect: "error" });
    return true;
  } catch {
    return false;
  }
}
