/** What becomes of a hatched agent's session: the archive learns of it by the hook's way, if there is one. */
import { existsSync } from "node:fs";
import type { Config } from "../config.ts";
import { selfCommand } from "../lib/self-path.ts";
import { deviceUrlFile, homeUrlFile } from "../shipper/token.ts";

/**
 * Hands the session over, detached and silent. A machine that has met no server is left alone. Where a server was named,
 * it goes to that one, whoever else ships this machine's sessions, and wherever.
 */
export function handOver(config: Config, { provider, session }: { provider: string; session: string }): void {
  const { home, shipperDir, url } = config;
  if (!url && ![homeUrlFile(home), deviceUrlFile(shipperDir)].some((file) => existsSync(file))) return;
  const named = url ? ["--url", url, "--provider", provider, "--json"] : [];
  const argv = [...selfCommand(), "ship", ...named, "--session", session];
  Bun.spawn(argv, { stdio: ["ignore", "ignore", "ignore"], detached: true }).unref();
}
