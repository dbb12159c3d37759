/** Brings what an agent wrote into the archive at once, also where this machine does not ship by itself. */
import type { App } from "../app.ts";
import { selfCommand } from "../lib/self-path.ts";

/** A transcript's last lines are written when its agent ends. */
const SHIP_MS = 60_000;

/** Ships the session of an agent, by `ship` as everybody does: through ingest, once. A failure is logged: the next look finds it. */
export async function archiveSession({ config, log }: App, provider: string, session: string): Promise<void> {
  const argv = [...selfCommand(), "ship", "--provider", provider, "--session", session, "--json"];
  const env = { ...config.env, LONGHOUSE_HOME: config.home };
  const child = Bun.spawn(argv, { env, stdio: ["ignore", "ignore", "pipe"], timeout: SHIP_MS });
  const [errors, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0)
    log.warn("a session could not be archived at once", { provider, session, code, errors: errors.slice(-500) });
}
