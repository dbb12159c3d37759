/** The watching shipper as a process of its own, from source: `bun shipper.child.ts URL`. */
import { mkdirSync } from "node:fs";
import { settingsOf } from "../../src/cli/ship-once.ts";
import { loadConfig } from "../../src/config.ts";
import { openLog } from "../../src/lib/log.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { Shipper } from "../../src/shipper/shipper.ts";
import { shipForEver } from "../../src/shipper/watching.ts";

const url = process.argv[2]!;
const config = loadConfig({ url });
mkdirSync(config.shipperDir, { recursive: true, mode: 0o700 });
const log = openLog(config.shipperDir, { name: "shipper" });
const shipper = new Shipper(settingsOf(config, url), PROVIDERS, log);
process.once("SIGTERM", () => void shipper.close());
await shipForEver(shipper);
await shipper.close();
process.exit(0);
