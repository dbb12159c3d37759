/** What becomes of a hatched agent's session: the archive learns of it by the hook's way, if there is one. */
import { existsSync } from "node:fs";
import type { Config } from "../config.ts";
import { selfCommand } from "../lib/self-path.ts";
import { deviceUrlFile, homeUrlFile } from "../shipper/token.ts";

/** Hands the session over, detached and silent. A machine that has met no server is left alone. */
export function handOver(config: Config, session: string): void {
  const { home, shipperDir, url } = config;
  if (!url && ![homeUrlFile(home), deviceUrlFile(shipperDir)].some((file) => existsSync(file))) return;
  const argv = [...selfCommand(), "ship", "--session", session];
  Bun.spawn(argv, { stdio: ["ignore", "ignore", "ignore"], detached: true }).unref();
}
