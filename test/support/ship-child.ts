/** `bun ship-child.ts URL DIR RESCAN_MS`: a shipper in a process of its own, for the test agent's files below DIR. Its log goes to stdout. */
import { relayLog } from "../../src/lib/log.ts";
import { Shipper } from "../../src/shipper/shipper.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
import { testAgent } from "./agent-home.ts";
import { TEST_DEVICE } from "./ingest-server.ts";

const [url, dir, rescan] = process.argv.slice(2) as [string, string, string];
const times = { rescan: Number(rescan), quiet: 30_000, roots: 50, backoff: 10, backoffMax: 40, request: 15_000 };
const log = relayLog((level, message, fields = {}) => console.log(JSON.stringify({ level, message, ...fields })));
const shipper = new Shipper(
  {
    url,
    tokens: { token: null, home: dir, shipperDir: dir },
    env: { HOME: dir },
    device: TEST_DEVICE,
    version: "test",
    times,
  },
  [testAgent],
  log,
);
process.on("SIGTERM", () => void shipper.close().then(() => process.exit(0)));
void shipForEver(shipper);
