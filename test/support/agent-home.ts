/** A home directory of agents that exist only in tests, and a shipper for it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Provider } from "../../src/domain/provider.ts";
import { type Log, relayLog } from "../../src/lib/log.ts";
import type { Scope, WakeProgress } from "../../src/shipper/spool-wakes.ts";
import { shipScope } from "../../src/shipper/pass.ts";
import type { ShipperSettings } from "../../src/shipper/settings.ts";
import { Shipper } from "../../src/shipper/shipper.ts";
import { testStore } from "./agent-database.ts";
import { TEST_DEVICE } from "./ingest-server.ts";

/** Writes `*.jsonl` by lines, `*.json` and `*.txt` whole, `*.db` as a database; nothing else is its. */
export const testAgent: Provider = {
  name: "claude",
  label: "Test agent",
  mark: "T",
  version: 1,
  roots: (env) => [
    {
      dir: `${env["HOME"]}/sessions`,
      unit: (path) =>
        path.endsWith(".jsonl") ? "lines" : /\.(json|txt)$/.test(path) ? "file" : path.endsWith(".db") ? "query" : null,
    },
  ],
  identify: () => ({ kind: "none" }),
  start: () => ({}),
  parse: () => ({ parts: [] }),
  databases: [testStore],
  price: () => null,
};

export type Line = { readonly level: string; readonly message: string; readonly fields: Record<string, unknown> };

export class AgentHome {
  readonly dir = mkdtempSync(join(tmpdir(), "agent-home-"));
  readonly sessions = join(this.dir, "sessions");
  readonly lines: Line[] = [];
  readonly log: Log = relayLog((level, message, fields = {}) => this.lines.push({ level, message, fields }));
  readonly #open: Shipper[] = [];

  constructor() {
    mkdirSync(this.sessions);
  }

  path(name: string): string {
    return join(this.sessions, name);
  }

  write(name: string, content: string | Uint8Array): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  shipper(
    url: string,
    times: Partial<ShipperSettings["times"]> = {},
    agents: readonly Provider[] = [testAgent],
    more: Partial<ShipperSettings> = {},
  ): Shipper {
    const settings: ShipperSettings = {
      url,
      tokens: { token: null, home: this.dir, shipperDir: this.dir },
      env: { HOME: this.dir },
      device: TEST_DEVICE,
      version: "test",
      times: { rescan: 60_000, quiet: 30_000, roots: 50, backoff: 10, backoffMax: 40, request: 15_000, ...times },
    };
    const shipper = new Shipper({ ...settings, ...more }, agents, this.log);
    this.#open.push(shipper);
    return shipper;
  }

  /** Ships once, as `longhouse ship` does. */
  async ship(url: string, scope: Scope = {}): Promise<WakeProgress> {
    const shipper = this.shipper(url);
    const greeting = await shipper.meet();
    if (greeting.kind !== "welcome") throw new Error(`${greeting.kind}: ${greeting.reason}`);
    const done = await shipScope(shipper, scope, () => {});
    await shipper.close();
    return done;
  }

  async close(): Promise<void> {
    for (const shipper of this.#open) await shipper.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Waits until `is` gives true; fails after `ms`. */
export async function until(is: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; !(await is());) {
    if (Date.now() > end) throw new Error(`did not come true in ${ms} ms: ${is}`);
    await Bun.sleep(5);
  }
}
