/** What `connect` costs while nothing happens, with much history on the disk: CPU, memory, and bytes read by looks. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, isolated, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { mb } from "./table.ts";
import type { Row } from "./table.ts";

export type IdleWish = {
  /** A home with the history laid out. */
  readonly home: string;
  readonly data: string;
  readonly sessions: number;
  readonly seconds: number;
};

/** Between the first start's last byte and the look at it, ms: what an import leaves behind is given back by then. */
const SETTLE_MS = 30_000;

/** Imports once, then looks at the shipper that imported and at one that was started afterwards. */
export async function measureIdle({ home, data, sessions, seconds }: IdleWish): Promise<Row[]> {
  const server = await startServer({ home, data });
  const rows: Row[] = [];
  for (const [which, pause] of [
    ["that imported", SETTLE_MS],
    ["started anew", 5_000],
  ] as const) {
    const shipper = connect(server);
    await shipped(server, sessions);
    await Bun.sleep(pause);
    const before = usage(shipper.pid);
    await Bun.sleep(seconds * 1000);
    const after = usage(shipper.pid);
    rows.push(
      {
        what: `shipper ${which}, ${sessions} sessions, CPU over ${seconds} s`,
        got: `${(((after.cpuMs - before.cpuMs) / (seconds * 1000)) * 100).toFixed(2)} %`,
        goal: "≤ 0.5 %",
      },
      { what: `shipper ${which}, RSS (peak)`, got: `${mb(after.rss)} (${mb(after.peak)})`, goal: "≤ 80 MB" },
      { what: `shipper ${which}, bytes read, of any file`, got: mb(after.read - before.read), goal: "" },
    );
    shipper.kill("SIGTERM");
    await shipper.exited;
  }
  await server.stop();
  return rows;
}

function connect(server: Server): Bun.Subprocess {
  return Bun.spawn([BINARY, "connect", "--url", server.url], {
    env: isolated(server.home, server.data),
    cwd: server.home,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Waits until the server has all that is there and has derived it. */
async function shipped(server: Server, sessions: number): Promise<void> {
  type List = { readonly projects: readonly { readonly count: number }[] };
  for (let last = -1, quiet = 0; quiet < 5; await Bun.sleep(1000)) {
    const { projects } = await server.json<List>("/api/agents/filters");
    const count = projects.reduce((sum, one) => sum + one.count, 0);
    quiet = count >= sessions && count === last ? quiet + 1 : 0;
    last = count;
  }
  await server.settled(600_000);
}

/** CPU in ms, memory and bytes read (`rchar`: from caches and pipes too). */
function usage(pid: number) {
  const stat = readFileSync(join("/proc", String(pid), "stat"), "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  const read = Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? 0);
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuMs: ticks * 10, rss: kib("VmRSS") * 1024, peak: kib("VmHWM") * 1024, read };
}
