/** A first import through `longhouse ship`: speed, memory, and whether the server still answers meanwhile. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { BINARY, command, isolated } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { mb, spread } from "./table.ts";
import type { Row } from "./table.ts";

/** Imports the server's home. `bytes` = raw size of the history; the ratio's goal is stricter for real sessions. */
export async function importHistory(server: Server, bytes: number, real: boolean): Promise<Row[]> {
  const probes: number[] = [];
  let going = true;
  const probe = (async () => {
    while (going) {
      const from = performance.now();
      await fetch(`${server.url}/api/health`);
      probes.push(performance.now() - from);
      await Bun.sleep(20);
    }
  })();
  const from = performance.now();
  const child = Bun.spawn([BINARY, "ship", "--json", "--url", server.url], {
    env: isolated(server.home, server.data),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = JSON.parse(await new Response(child.stdout).text()) as Record<string, number>;
  const derived = performance.now() - from;
  await server.settled(120_000);
  const searchable = performance.now() - from;
  going = false;
  await probe;
  const peak = server.memory().peak;
  await Bun.sleep(32_000);
  const idle = server.memory().now;
  const size = (name: string) => statSync(join(server.data, name), { throwIfNoEntry: false })?.size ?? 0;
  const stored = ["longhouse.db", "search.db"].map(size);
  const again = JSON.parse((await command(server, ["ship", "--json", "--url", server.url])).stdout) as Record<
    string,
    number
  >;
  return [
    {
      what: "shipped",
      got: `${said.sources} sources, ${mb(said.bytes!)}, ${said.derived} derived, ${said.failed} failed`,
      goal: "",
    },
    {
      what: "archived and derived",
      got: `${(bytes / 1e3 / derived).toFixed(1)} MB/s`,
      goal: real ? "≥ 60 MB/s" : "≥ 40 MB/s",
    },
    { what: "searchable after that", got: `${((searchable - derived) / 1000).toFixed(2)} s`, goal: "≤ 1 s" },
    { what: "peak RSS of the server", got: mb(peak), goal: "≤ 220 MB" },
    { what: "RSS 30 s after the import", got: mb(idle), goal: "≤ 90 MB" },
    { what: "a trivial request meanwhile", got: spread(probes), goal: "p95 ≤ 10 ms" },
    {
      what: "longhouse.db, search.db / raw",
      got: `${stored.map((n) => (n / bytes).toFixed(3)).join(" + ")} = ${((stored[0]! + stored[1]!) / bytes).toFixed(3)}`,
      goal: real ? "≤ 0.4" : "≤ 0.55",
    },
    { what: "a second ship sends", got: `${again.bytes} bytes in ${again.seconds} s`, goal: "0" },
  ];
}
