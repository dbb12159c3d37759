/** The files by which this machine's programs find the server and are let in (API.md section 2). */
import { existsSync, mkdirSync } from "node:fs";
import type { App } from "../app.ts";
import { codeOf, readTrimmed, removeDurably, writeDurably, writeOnce } from "../lib/files.ts";
import { sha256 } from "../lib/crypto.ts";
import { mintToken } from "../archive/mint-token.ts";
import { findToken } from "../store/tokens.ts";
import { deviceTokenFile, deviceUrlFile, homeTokenFile, homeUrlFile } from "../shipper/token.ts";

/** Writes `token` (once), `url` (each start), and the device's token when there is none. */
export async function writeTokens(app: App, url: string): Promise<void> {
  await keepHomeToken(app);
  writeDurably(homeUrlFile(app.config.home), `${url}\n`);
  try {
    await keepDeviceToken(app, url);
  } catch (error) {
    // A read-only or foreign settings folder costs the hooks their token, not the user the server.
    app.log.warn("the device token could not be written", { path: app.config.shipperDir, reason: codeOf(error) });
  }
}

/** A token file of another archive (a new database in an old home) lets nobody in: it is made anew. */
async function keepHomeToken(app: App) {
  const path = homeTokenFile(app.config.home);
  const token = readTrimmed(path);
  if (token && findToken(app.db, sha256(token), app.now())) return;
  writeDurably(path, `${(await mintToken(app, app.device, "full")).token}\n`);
}

async function keepDeviceToken(app: App, url: string) {
  const dir = app.config.shipperDir;
  const known = readTrimmed(deviceTokenFile(dir));
  // Ours, and the port is another one now. A token of another server is none of our business.
  if (known && findToken(app.db, sha256(known), app.now())) writeDurably(deviceUrlFile(dir), `${url}\n`);
  if (existsSync(deviceTokenFile(dir))) return;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // A URL without a token may be another server's: ours must not be found beside it.
  removeDurably(deviceUrlFile(dir));
  const { token } = await mintToken(app, app.device, "device");
  if (writeOnce(deviceTokenFile(dir), `${token}\n`)) writeDurably(deviceUrlFile(dir), `${url}\n`);
}
