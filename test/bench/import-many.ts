/** A first import through `connect`, with a session that is written to meanwhile: speed, memory of both, the delay of what is live. */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BINARY, isolated, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { liveLine } from "./live.ts";
import { mb, spread } from "./table.ts";
import type { Row } from "./table.ts";

export type ManyWish = {
  /** A home with the history laid out. */
  readonly home: string;
  readonly data: string;
  /** Raw size of the history. */
  readonly bytes: number;
};

const LIVE = "11111111-2222-4333-8444-666666666666";
/** Between two lines of the live session, ms. */
const PAUSE_MS = 400;
/** Between two looks, ms: what asks more often takes from the import what it measures. */
const LOOK_MS = 100;
const REACHED_MS = 250;
/** Who is slower than that counts as not come. */
const LOST_MS = 30_000;

/** Imports everything into a server of its own that ships nothing itself. */
export async function measureMany({ home, data, bytes }: ManyWish): Promise<Row[]> {
  const server = await startServer({ home, data });
  const began = performance.now();
  const shipper = Bun.spawn([BINARY, "connect", "--url", server.url], {
    env: isolated(server.home, server.data),
    cwd: server.home,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const done = new AbortController();
  const delays = live(server, done.signal);
  const archived = await reached(server, bytes);
  const took = performance.now() - began;
  done.abort();
  const shown = await delays;
  const peaks = [server.memory().peak, peakOf(shipper.pid)] as const;
  const cpu = [cpuOf(server.process.pid), cpuOf(shipper.pid)] as const;
  await server.settled(600_000);
  const searchable = performance.now() - began - took;
  shipper.kill("SIGTERM");
  await shipper.exited;
  await server.stop();
  const speed = (ms: number) => `${(bytes / 1e3 / ms).toFixed(1)} MB/s`;
  return [
    { what: "connect: archived", got: speed(archived - began), goal: "" },
    { what: "connect: archived and derived", got: speed(took), goal: "≥ 35 MB/s" },
    { what: "connect: CPU of server, of shipper", got: cpu.map((s) => `${s.toFixed(1)} s`).join(", "), goal: "" },
    { what: "connect: searchable after that", got: `${(searchable / 1000).toFixed(2)} s`, goal: "" },
    { what: "connect: peak RSS of the server", got: mb(peaks[0]), goal: "≤ 220 MB" },
    { what: "connect: peak RSS of the shipper", got: mb(peaks[1]), goal: "≤ 100 MB" },
    {
      what: `connect: a live line meanwhile, until the timeline has it (${shown.length})`,
      got: spread(shown),
      goal: "< 1 s",
    },
  ];
}

/** Waits until so many bytes are stored, and then until they are derived; gives when the first was. */
async function reached(server: Server, bytes: number): Promise<number> {
  type Status = { readonly derive: { readonly behind_bytes: number } };
  let archived = NaN;
  for (let quiet = 0; quiet < 3; await Bun.sleep(Number.isNaN(archived) ? REACHED_MS : LOOK_MS)) {
    if (Number.isNaN(archived)) {
      const text = await (await server.api("/metrics")).text();
      const stored = [...text.matchAll(/^longhouse_ingest_bytes_total(?:\{[^}]*\})? (\d+)$/gm)];
      if (stored.reduce((sum, [, count]) => sum + Number(count), 0) < bytes) continue;
      archived = performance.now();
    }
    const { derive } = await server.json<Status>("/api/status");
    quiet = derive.behind_bytes === 0 ? quiet + 1 : 0;
  }
  return archived;
}

/** Appends a line now and then, each when the one before is on the timeline; gives how long each took. */
async function live(server: Server, signal: AbortSignal): Promise<readonly number[]> {
  type List = {
    readonly sessions: readonly { readonly provider_session_id: string; readonly user_messages: number }[];
  };
  const path = join(server.home, ".claude/projects/-tmp-live", `${LIVE}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  const delays: number[] = [];
  for (let n = 0; !signal.aborted; n++) {
    appendFileSync(path, liveLine(LIVE, n, `livingword${n}x${process.pid}`));
    const from = performance.now();
    for (;;) {
      const { sessions } = await server.json<List>("/api/agents/sessions?limit=5");
      if (sessions.find((one) => one.provider_session_id === LIVE)?.user_messages === n + 1) break;
      if (performance.now() - from > LOST_MS) throw new Error(`line ${n} is not on the timeline`);
      await Bun.sleep(LOOK_MS);
    }
    delays.push(performance.now() - from);
    await Bun.sleep(PAUSE_MS);
  }
  return delays;
}

/** Of all its threads, s: says more than the wall on a machine that does other things too. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}
