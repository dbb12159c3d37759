/** `longhouse ship --dry-run`: what would be sent, from this machine's memory alone. */
import { existsSync } from "node:fs";
import type { Config } from "../config.ts";
import type { ShipReport } from "../domain/ship-report.ts";
import { PROVIDERS } from "../providers/all.ts";
import { createLister } from "../shipper/databases.ts";
import { isQueryDue } from "../shipper/query-look.ts";
import { type Found, places } from "../shipper/scan.ts";
import { openSpool, spoolFile } from "../shipper/spool-open.ts";
import type { SourceRow, Spool } from "../shipper/spool.ts";
import type { Scope } from "../shipper/spool-wakes.ts";
import { filesOf } from "../shipper/survey.ts";
import { findServer } from "./find-server.ts";

/** Asks nobody and writes nothing; `bytes` are those that would be sent. */
export async function dryRun(config: Config, scope: Scope): Promise<ShipReport & { readonly dry_run: true }> {
  const spool = await memory(config);
  let [sources, bytes, failed] = [0, 0, 0];
  for await (const found of filesOf(places(PROVIDERS, config.env, createLister(PROVIDERS)), scope, () => {})) {
    const row = spool?.find(found.provider, found.path) ?? null;
    sources++;
    bytes += toSend(found, row);
    if (row?.failure) failed++;
  }
  spool?.close();
  return { sources, bytes, derived: 0, events_inserted: 0, spooled: 0, failed, seconds: 0, dry_run: true };
}

/** Of a conversation in a database only that it changed can be told without reading it. */
function toSend(found: Found, row: SourceRow | null): number {
  if (found.unit === "query" && !isQueryDue(found, row)) return 0;
  return row && row.acked <= found.size ? found.size - row.acked : found.size;
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
