/**
 * A hook's side of the spool: is somebody at work, and if so, leave word. It waits for nobody: an agent waits for it. Only
 * what a hook needs is imported here.
 */
import { Database } from "bun:sqlite";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readTrimmed } from "../lib/files.ts";

/** What a hook wants shipped; a part of what a wake may hold. */
export type HookScope = { readonly file: string } | { readonly session: string };

/** How long a write of the holder's may be waited for, ms. */
const BUSY_MS = 15;

/** Leaves wakes for whoever ships this machine's sessions. False when nobody does, or it cannot be told in time. */
export function wakeHolder(shipperDir: string, scopes: readonly HookScope[]): boolean {
  if (!isHeld(shipperDir)) return false;
  try {
    leave(join(shipperDir, "longhouse-shipper-spool.db"), scopes);
  } catch {
    // Busy, or full: the one-shot has the time to wait.
    return false;
  }
  // A one-shot that held it may have looked for wakes for the last time before ours was there; it looks again when it has
  // let go, so that either it sees ours or we see it gone.
  return isHeld(shipperDir);
}

const LOCK = /^longhouse-shipper-.+\.lock$/;

/** Whether any of this machine's shippers holds its lock: whose, does not matter, each answers wakes. */
function isHeld(shipperDir: string): boolean {
  try {
    return readdirSync(shipperDir).some((name) => LOCK.test(name) && isLocked(join(shipperDir, name.slice(0, -5))));
  } catch {
    return false;
  }
}

/** The file beside the lock says who; only where that process lives the lock itself is asked, for ids are used again. */
function isLocked(base: string): boolean {
  if (!isAlive(pidIn(readTrimmed(`${base}.json`)))) return false;
  const db = new Database(`${base}.lock`, { readwrite: true, create: false });
  try {
    db.run("PRAGMA busy_timeout = 0");
    db.run("BEGIN IMMEDIATE");
    return false;
  } catch {
    return true;
  } finally {
    db.close();
  }
}

function pidIn(text: string | null): number {
  try {
    return Number((JSON.parse(text ?? "") as { readonly pid?: unknown }).pid);
  } catch {
    return Number.NaN;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function leave(path: string, scopes: readonly HookScope[]) {
  const db = new Database(path, { readwrite: true, create: false });
  try {
    db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    // A wake that a power cut takes away is found by the next look over all files.
    db.run("PRAGMA synchronous = OFF");
    const wake = db.query("INSERT INTO wakes (request) VALUES (?)");
    db.transaction(() => scopes.forEach((scope) => wake.run(JSON.stringify({ ...scope, hook: true })))).immediate();
  } finally {
    db.close();
  }
}
