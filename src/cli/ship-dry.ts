/** `longhouse ship --dry-run`: what would be sent, from this machine's memory alone. */
import { existsSync } from "node:fs";
import type { Config } from "../config.ts";
import type { ShipReport } from "../domain/ship-report.ts";
import { PROVIDERS } from "../providers/all.ts";
import { places } from "../shipper/scan.ts";
import { openSpool, type Spool, spoolFile } from "../shipper/spool.ts";
import type { Scope } from "../shipper/spool-wakes.ts";
import { filesOf } from "../shipper/survey.ts";
import { findServer } from "./find-server.ts";

/** Asks nobody and writes nothing; `bytes` are those that would be sent. */
export async function dryRun(config: Config, scope: Scope): Promise<ShipReport & { readonly dry_run: true }> {
  const spool = await memory(config);
  let [sources, bytes, failed] = [0, 0, 0];
  for await (const { provider, path, size } of filesOf(places(PROVIDERS, config.env), scope, () => {})) {
    const row = spool?.find(provider, path);
    sources++;
    bytes += row && row.acked <= size ? size - row.acked : size;
    if (row?.failure) failed++;
  }
  spool?.close();
  return { sources, bytes, derived: 0, events_inserted: 0, spooled: 0, failed, seconds: 0, dry_run: true };
}

/** null when nothing was ever shipped to this server from here. */
async function memory(config: Config): Promise<Spool | null> {
  const path = spoolFile(config.shipperDir);
  if (!existsSync(path)) return null;
  const { spool } = openSpool(path);
  if (spool.chooseByUrl((await findServer(config)).url)) return spool;
  spool.close();
  return null;
}
